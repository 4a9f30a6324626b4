#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Controller and engine that stand still, crawl, are killed, come back; with a real engine."""

import contextlib
import json
import os
import signal
import socket
import threading
import time
import unittest

from common import AGENT, FULL, assert_idle

from harness import engine as engines
from harness.certificates import Authority
from harness.waiting import PATIENCE, wait_until
from harness.world import World, WorldCase, create_container


@contextlib.contextmanager
def standing_still(process):
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


@contextlib.contextmanager
def crawling(process, run=0.02, stand=0.08):
    """The process runs for a part of the time only, as on a machine that has no time for it."""
    ended = threading.Event()

    def beat():
        while not ended.is_set():
            with standing_still(process):
                time.sleep(stand)
            time.sleep(run)
    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@unittest.skipIf(engines.why_not(), engines.why_not())
class EngineTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World()
        cls.addClassCleanup(cls.world.close)
        cls.hub = cls.world.start_hub()
        cls.engine = cls.world.start_engine()
        cls.agent = cls.world.start_agent(cls.hub.url, cls.engine.socket, REQUEST_TIMEOUT="2")

    def setUp(self):
        self.connection = self.hub.wait_for_agent(AGENT, 60)["connection"]

    def tearDown(self):
        self.assertEqual(self.hub.agent(AGENT)["connection"], self.connection, "the tunnel has nothing to do with it")

    def http(self, method, target, body=None):
        return self.hub.http(AGENT, method, target, body)

    def run_container(self, name, argv):
        container = create_container(self.http, f"{name}{time.monotonic_ns()}", argv)
        self.addCleanup(self.engine.call, "DELETE", f"/containers/{container}?force=1")
        return container

    def kill_engine(self):
        """The daemon and its containerd, which would outlive it."""
        self.engine.stop(signal.SIGKILL)
        pid_file = self.engine.folder / "exec" / "containerd" / "containerd.pid"
        os.kill(int(pid_file.read_text()), signal.SIGKILL)
        pid_file.unlink()

    def wait_ready(self, status):
        wait_until(f"readiness {status}", lambda: self.agent.get("/ready")[0] == status, 60)

    def test_frozen(self):
        with standing_still(self.engine.process):
            started = time.monotonic()
            status, _, body = self.http("GET", "/containers/json")
            self.assertEqual(status, 502)
            self.assertRegex(json.loads(body)["message"], "2 s")
            self.assertLess(time.monotonic() - started, 10 * PATIENCE)
            self.wait_ready(503)
            self.assertEqual(self.agent.get("/health")[0], 200)
            assert_idle(self, self.agent.process)
        self.wait_ready(200)
        self.assertEqual(self.http("GET", "/containers/json")[0], 200)

    def test_killed_under_streams_and_restarted(self):
        box = self.run_container("ticker", ["sh", "-c", "while true; do echo tick; sleep 0.1; done"])
        log = self.hub.call("logs_live", agent=AGENT, container=box, tail=1, since=0, follow=True)
        self.assertIn("tick", self.hub.control.event(log)["data"]["logs"])
        execution = self.hub.exec_start(AGENT, box, ["cat"], tty=True)
        self.hub.exec_input(AGENT, execution, b"typed\n")
        self.hub.exec_read_until(execution, b"typed")
        self.kill_engine()
        while (event := self.hub.control.event(log))["event"] == "log_chunk":
            pass
        self.assertEqual(event["event"], "log_error")
        self.assertTrue(self.hub.exec_output(execution)[1])
        self.agent.process.wait_for_log("Docker does not answer; waiting for it")
        self.wait_ready(503)
        self.engine.start()
        self.wait_ready(200)
        self.run_container("after", ["sleep", "600"])
        wait_until("the inventory", lambda: any(name.startswith("after") for name in self.hub.containers(AGENT)), 60)

    def test_crawling(self):
        box = self.run_container("box", ["sleep", "600"])
        with crawling(self.engine.process):
            for _ in range(5):
                # A real engine at a fifth of its speed; where 2 s are not enough for it, it says so, and goes on.
                self.assertIn(self.http("GET", f"/containers/{box}/json")[0], (200, 502))
                self.assertEqual(self.agent.get("/health")[0], 200)
        self.wait_ready(200)
        self.assertEqual(json.loads(self.http("GET", f"/containers/{box}/json")[2])["Id"], box)


class Relay:
    """Passes bytes on between agent and controller, until it is told to break every connection off."""

    def __init__(self, host_and_port):
        host, port = host_and_port.rsplit(":", 1)
        self._target = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.connections = 0
        self.limit = None  # bytes from the controller after which new connections break off
        self._open = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                self.connections += 1
                far = socket.create_connection(self._target)
                self._open.append((near, far))
                threading.Thread(target=self._copy, args=(near, far, None), daemon=True).start()
                threading.Thread(target=self._copy, args=(far, near, self.limit), daemon=True).start()

    @staticmethod
    def _copy(source, target, limit):
        with contextlib.suppress(OSError):
            while (limit is None or limit > 0) and (chunk := source.recv(65536 if limit is None else limit)):
                target.sendall(chunk)
                limit = None if limit is None else limit - len(chunk)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def cut(self):
        """Ends what is open with a FIN in the middle of whatever TLS is doing, and no close_notify."""
        for pair in self._open:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def close(self):
        self.cut()
        self._listener.close()


class ControllerTest(WorldCase):
    def setUp(self):
        super().setUp()
        self.fake = self.world.start_fake(containers=1)

    def test_frozen_for_a_moment(self):
        hub = self.world.start_hub()
        agent = self.world.start_agent(hub.url, self.fake.path)
        first = hub.wait_for_agent(AGENT)["connection"]
        with standing_still(hub.process):
            assert_idle(self, agent.process, 2.0)
            self.assertEqual(agent.get("/health")[0], 200)
        self.assertEqual(hub.http(AGENT, "GET", "/_ping")[2], b"OK")
        self.assertEqual(hub.agent(AGENT)["connection"], first)

    @unittest.skipUnless(FULL, "takes more than a minute; make torture")
    def test_frozen_for_good(self):
        hub = self.world.start_hub()
        agent = self.world.start_agent(hub.url, self.fake.path, HEARTBEAT_INTERVAL="5")
        first = hub.wait_for_agent(AGENT)["connection"]
        with standing_still(hub.process):
            agent.process.wait_for_log("the controller has been silent for too long", 90)
            self.assertEqual(agent.get("/ready")[1]["controller"], "disconnected")
        hub.wait_for_agent(AGENT, 60, newer_than=first)
        self.assertEqual(hub.http(AGENT, "GET", "/_ping")[2], b"OK")

    def test_crawling(self):
        hub = self.world.start_hub()
        self.world.start_agent(hub.url, self.fake.path)
        first = hub.wait_for_agent(AGENT)["connection"]
        with crawling(hub.process):
            for _ in range(10):
                self.assertEqual(hub.http(AGENT, "GET", "/_ping")[2], b"OK")
        self.assertEqual(hub.agent(AGENT)["connection"], first)

    def test_killed_and_restarted(self):
        hub = self.world.start_hub()
        agent = self.world.start_agent(hub.url, self.fake.path)
        hub.wait_for_agent(AGENT)
        hub.process.send_signal(signal.SIGKILL)
        hub.process.wait()
        wait_until("the loss to be known", lambda: agent.get("/ready")[1]["controller"] == "disconnected")
        agent.process.wait_for_log("no session with the controller")
        hub.process = None
        hub.stop()
        hub.start()
        hub.wait_for_agent(AGENT, 60)
        wait_until("readiness", lambda: agent.get("/ready")[0] == 200)

    def test_tls_that_breaks_off(self):
        authority = Authority(self.world.folder / "ca")
        certificate, key = authority.issue("hub", ["IP:127.0.0.1"])
        hub = self.world.start_hub("--cert", certificate, "--key", key)
        relay = Relay(hub.listen)
        self.addCleanup(relay.close)
        # In the handshake's first record, in its middle, in the upgrade: each attempt dies and the next one comes.
        agent = self.world.make_agent(f"wss://127.0.0.1:{relay.port}", self.fake.path, CA_CERT=authority.certificate)
        for limit in (3, 200, 1200):
            relay.limit = limit
            before = relay.connections
            if not agent.process:
                agent.start()
            wait_until("two attempts", lambda: relay.connections >= before + 2, 60)
        self.assertIn("no session with the controller", agent.log())
        self.assertTrue(agent.process.is_running())
        relay.limit = None
        first = hub.wait_for_agent(AGENT, 60)["connection"]
        relay.cut()
        hub.wait_for_agent(AGENT, 60, newer_than=first)
        self.assertEqual(hub.http(AGENT, "GET", "/_ping")[2], b"OK")
        assert_idle(self, agent.process)


if __name__ == "__main__":
    unittest.main()
