#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A bad line to the controller: slow, far away, losing packets, dead for a while; and a controller that stops reading."""

import functools
import hashlib
import http.client
import json
import os
import threading
import time
import unittest

from harness import engine, slow_link, unix_http
from harness.fake_docker import big_log
from harness.slow_link import SlowLink
from harness.waiting import PATIENCE, wait_until
from harness.world import World, WorldCase, create_container

AGENT = "edge1"
LOG_KIB = int(os.environ.get("E2E_SLOW_LOG_KIB", "384"))
LOSS = float(os.environ.get("E2E_SLOW_LOSS", "0.01"))
STALL_SECONDS = int(os.environ.get("E2E_STALL_SECONDS", "3"))


class Shared:
    """One line, engine, hub and agent for all cases on the line."""

    def __init__(self):
        self.world = World()
        self.line = SlowLink(bits_per_second=1_000_000, round_trip=0.3, loss=LOSS)
        unittest.addModuleCleanup(self.close)
        self.engine = self.world.start_engine()
        self.hub = self.line.far.run(self.world.start_hub, "--ping-interval", "1000", "--dead-after", "8000",
                                     listen=f"{self.line.far.address}:0")
        self.agent = self.line.near.run(
            self.world.start_agent, self.hub.url, self.engine.socket, ALLOW_INSECURE_EDGE_URL="true",
            WRITE_STALL_TIMEOUT="6")

    def close(self):
        self.world.close()
        self.line.close()


@functools.lru_cache(maxsize=None)
def shared():
    return Shared()


class LineCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        reason = engine.why_not() or slow_link.why_not()
        if reason:
            raise unittest.SkipTest(reason)
        cls.line, cls.hub, cls.engine, cls.agent = shared().line, shared().hub, shared().engine, shared().agent

    def setUp(self):
        self.connection = self.hub.wait_for_agent(AGENT)["connection"]

    def tearDown(self):
        self.line.loss, self.line.is_cut = LOSS, False

    def engine_http(self, method, target, body=None):
        return unix_http.request(self.engine.socket, method, target, body)

    def run_container(self, name, argv):
        container = create_container(self.engine_http, name, argv)
        self.addCleanup(self.engine.call, "DELETE", f"/containers/{container}?force=1")
        return container

    def make_log(self, kibibytes):
        """A container whose log has that size; returns the log's target."""
        script = f"head -c {kibibytes * 768} /dev/urandom | base64"
        container = self.run_container(f"writer{time.monotonic_ns()}", ["sh", "-c", script])
        wait_until("the log to be written", lambda: not json.loads(
            self.engine.call("GET", f"/containers/{container}/json")[1])["State"]["Running"])
        return f"/containers/{container}/logs?stdout=1"

    def read_in_background(self, target):
        """Reads a body through the tunnel; returns the thread, and a list for its SHA-256 or "cut short"."""
        result = []

        def read():
            try:
                body = self.hub.http(AGENT, "GET", target, timeout=300)[2]
                result.append(hashlib.sha256(body).hexdigest())
            except http.client.IncompleteRead:
                result.append("cut short")
        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        return reader, result

    def digest_at_engine(self, target):
        return hashlib.sha256(self.engine.call("GET", target)[1]).hexdigest()

    def assert_same_session(self):
        self.assertEqual(self.hub.agent(AGENT)["connection"], self.connection)


class SlowLineTest(LineCase):
    def timed(self, what, action, seconds=6.0):
        started = time.monotonic()
        action()
        self.assertLess(time.monotonic() - started, seconds * PATIENCE, what)

    def list_containers(self):
        status, _, body = self.hub.http(AGENT, "GET", "/containers/json")
        self.assertEqual(status, 200)
        self.assertIn(self.box, [entry["Id"] for entry in json.loads(body)])

    def inspect(self):
        status, _, body = self.hub.http(AGENT, "GET", f"/containers/{self.box}/json")
        self.assertEqual((status, json.loads(body)["Id"]), (200, self.box))

    def run_exec(self):
        execution = self.hub.exec_start(AGENT, self.box, ["cat"], tty=True)
        self.hub.exec_input(AGENT, execution, b"over the line\n")
        self.hub.exec_read_until(execution, b"over the line")
        self.hub.exec_input(AGENT, execution, b"\x04")
        self.assertEqual(self.hub.exec_output(execution)[1], "exited")

    def follow(self):
        request = self.hub.call("logs_live", agent=AGENT, container=self.box, tail=1, since=0, follow=True)
        text = ""
        while text.count("tick") < 3:
            text += self.hub.control.event(request)["data"]["logs"]
        self.hub.call("logs_cancel", agent=AGENT, request=request)
        while (event := self.hub.control.event(request))["event"] == "log_chunk":
            pass
        self.assertEqual(event["data"]["reason"], "canceled")

    def small_requests(self, seconds):
        for what in (self.list_containers, self.inspect, self.run_exec, self.follow):
            with self.subTest(what.__name__):
                self.timed(what.__name__, what, seconds)

    def test_small_requests_stay_usable_beside_a_long_log(self):
        self.box = self.run_container("ticker", ["sh", "-c", "while true; do echo tick; sleep 0.1; done"])
        target = self.make_log(LOG_KIB)
        reader, result = self.read_in_background(target)
        self.timed("the first of them", self.list_containers, 8.0)
        self.assertTrue(reader.is_alive(), "the stream was over before it could disturb anything")
        self.small_requests(8.0)
        reader.join(300)
        self.assertEqual(result, [self.digest_at_engine(target)])
        self.assertGreater(self.line.up.lost, 0)
        self.assert_same_session()

    def test_one_packet_in_twenty_lost(self):
        self.box = self.run_container("ticker", ["sh", "-c", "while true; do echo tick; sleep 0.1; done"])
        self.line.loss = 0.05
        self.small_requests(15.0)
        self.assert_same_session()


class DeadLineTest(LineCase):
    def test_a_short_outage_costs_nothing(self):
        target = self.make_log(128)
        reader, result = self.read_in_background(target)
        time.sleep(0.5)
        self.line.is_cut = True
        # TCP tries again after 1.5 s, then after 4.5 s: a longer cut would last for the sum.
        time.sleep(1)
        self.line.is_cut = False
        reader.join(60)
        self.assertEqual(result, [self.digest_at_engine(target)])
        self.assert_same_session()

    def test_a_long_outage_ends_the_session_on_both_sides_and_the_agent_comes_back(self):
        reader, result = self.read_in_background(self.make_log(1024))
        time.sleep(0.5)
        self.line.is_cut = True
        self.agent.process.wait_for_log("the controller took no data for 6 s (WRITE_STALL_TIMEOUT)")
        wait_until("the controller to miss the agent", lambda: self.hub.agent(AGENT) is None)
        self.line.is_cut = False
        reader.join(60)
        self.assertEqual(result, ["cut short"])
        self.hub.wait_for_agent(AGENT, newer_than=self.connection)
        self.assertEqual(self.hub.http(AGENT, "GET", "/_ping")[2], b"OK")


class StalledControllerTest(WorldCase):
    def test_a_controller_that_takes_nothing_is_left_and_found_again(self):
        hub = self.world.start_hub("--max-stream", str(1 << 30))
        fake = self.world.start_fake(containers=1)
        agent = self.world.start_agent(hub.url, fake.path, WRITE_STALL_TIMEOUT=STALL_SECONDS)
        first = hub.wait_for_agent(AGENT)["connection"]
        hub.wait_for_container(AGENT, "box-0")
        frame, count, _ = big_log(64)
        fake.on("/containers/big/logs", lambda handler, _: (handler.begin_stream(), handler.wfile.write(frame * count)))
        hub.fault("stop_reading", agent=AGENT)
        stopped = time.monotonic()
        hub.send(AGENT, "request", {"requestId": "r", "method": "GET", "path": "/containers/big/logs", "headers": {}})
        agent.process.wait_for_log(f"the controller took no data for {STALL_SECONDS} s (WRITE_STALL_TIMEOUT)",
                                   STALL_SECONDS + 30)
        self.assertGreaterEqual(time.monotonic() - stopped, STALL_SECONDS)
        # Until it reads again, the controller does not even notice that the agent has gone.
        hub.fault("stop_reading", agent=AGENT, on=False)
        hub.wait_for_agent(AGENT, newer_than=first)
        self.assertEqual(hub.http(AGENT, "GET", "/_ping")[2], b"OK")
        self.assertTrue(agent.process.is_running())


if __name__ == "__main__":
    unittest.main()
