#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A host that is short of something: disk, descriptors, memory; and one whose clock jumps."""

import base64
import concurrent.futures
import contextlib
import json
import os
import resource
import shutil
import signal
import socket
import struct
import subprocess
import time
import unittest

from common import AGENT, FULL, MEBIBYTE, SANITIZED, assert_idle

from harness.inbound import TOKEN, InboundCase
from harness.waiting import wait_until
from harness.world import WorldCase

CLOCK_SHIFT = os.environ.get("CLOCK_SHIFT", "build/tests/torture/libclock_shift.so")


class FullDisk:
    """A small file system that can be filled and emptied."""

    def __init__(self, folder, kibibytes=256):
        self.folder = folder
        folder.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kibibytes}k,mode=700", "none", folder], check=True)

    def fill(self):
        with open(self.folder / "ballast", "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                pass

    def empty(self):
        (self.folder / "ballast").unlink()

    def close(self):
        subprocess.run(["umount", "-l", self.folder], check=True)


@unittest.skipIf(os.geteuid() != 0, "mounting needs root")
class DiskTest(InboundCase):
    def setUp(self):
        super().setUp()
        self.disk = FullDisk(self.world.folder / "disk")
        self.addCleanup(self.disk.close)

    def test_audit(self):
        self.audit_path = self.disk.folder / "audit"
        self.start(TOKEN=TOKEN, AUDIT_LOG=self.audit_path)
        self.assertEqual(self.ask_with_token().status, 200)
        self.wait_audit("api_request")
        self.disk.fill()

        def lose():
            self.assertEqual(self.ask_with_token().status, 200)
            return "audit records are lost" in self.agent.log()
        wait_until("the disk to be full", lose)
        self.disk.empty()

        def recover():
            self.assertEqual(self.ask_with_token(target="/echo?after").status, 200)
            return "the audit log can be written again" in self.agent.log()
        wait_until("the log to go on", recover)
        # Half a line that the full disk has left spoils none of those that follow.
        lines = self.audit_path.read_text().splitlines()
        self.assertLessEqual(sum(not line.endswith("}") for line in lines), 1)
        wait_until("a whole record", lambda: json.loads(self.audit_path.read_text().splitlines()[-1])["event"])

    def test_state(self):
        self.disk.fill()
        keys = self.write_keys(self.make_key("first.key"))
        newcomer = self.make_key("new.key")
        self.start(STATE_DIRECTORY=self.disk.folder, AUTHORIZED_KEYS=keys, ENROLLMENT_TOKEN="enrol", AGENT_ID=None)
        self.assertIn("the agent's id is not kept", self.agent.log())
        self.assertIn("signed requests older than each start will be refused", self.agent.log())
        answer = self.enroll("enrol", newcomer)
        self.assertEqual(answer.status, 500)
        self.assertIn("a key could not be enrolled", self.agent.log())
        # The token was not used up by that.
        self.disk.empty()
        self.assertEqual(self.enroll("enrol", newcomer).status, 200)

    @unittest.skipUnless(shutil.which("docker-compose"), "docker-compose is not installed; run make deps")
    def test_stacks(self):
        stack = self.disk.folder / "web"
        stack.mkdir()
        file = stack / "docker-compose.yml"
        file.write_text("services: {old: {image: a}}\n")
        self.start(TOKEN=TOKEN, STACKS_DIR=self.disk.folder)
        wait_until("the engine to be known", lambda: "Docker is there" in self.agent.log())
        self.disk.fill()
        body = json.dumps({"operation": "up", "stackName": "web", "files": {"docker-compose.yml": "#" * 100_000}})
        answer = self.ask_with_token(method="POST", target="/_portwing/compose", body=body)
        result = json.loads(answer.text)
        self.assertEqual((answer.status, result["success"]), (200, False))
        self.assertIn("No space left", result["error"])
        self.assertEqual(file.read_text(), "services: {old: {image: a}}\n")
        self.assertEqual(sorted(path.name for path in stack.iterdir()), ["docker-compose.yml"])

    def enroll(self, token, key):
        body = json.dumps({"enrollment_token": token, "public_key": base64.b64encode(key.public).decode()})
        return self.ask("POST", "/api/portwing/enroll", body=body.encode())

    def test_bodies_that_are_held(self):
        key = self.make_key("signer.key")
        self.start(STATE_DIRECTORY=self.disk.folder, AUTHORIZED_KEYS=self.write_keys(key))
        self.agent.stop()
        self.disk.fill()
        self.agent.set(TMPDIR=self.disk.folder)
        self.agent.start()
        self.wait_until_open()
        later = {"timestamp": int(time.time()) + 2}
        body = b"x" * (MEBIBYTE)
        self.assert_refused(self.ask_signed(key, "POST", body=body, **later), 503,
                            "the request body cannot be held now; try again later")
        self.assertEqual(self.ask_signed(key, "POST", body=b"small", **later).status, 200)


class LimitTest(InboundCase):
    @unittest.skipIf(SANITIZED, "UBSan needs a pipe to see whether an object is one, and without it says that it is none")
    def test_descriptors(self):
        self.start(TOKEN=TOKEN)
        self.assertEqual(self.ask_with_token().status, 200)
        pid = self.agent.process.pid
        used = max(int(name) for name in os.listdir(f"/proc/{pid}/fd")) + 1
        _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 4, hard))
        crowd = [socket.create_connection(("127.0.0.1", self.agent.port)) for _ in range(20)]
        self.agent.process.wait_for_log("raise the limit of open files (LimitNOFILE)")
        assert_idle(self, self.agent.process, 2.0)
        for client in crowd:
            client.close()
        wait_until("answers again", self.is_answered)
        # As many as before, and then no descriptor for the engine: an answer that says why.
        crowd = [socket.create_connection(("127.0.0.1", self.agent.port)) for _ in range(3)]
        statuses = {self.ask_quietly() for _ in range(10)}
        self.assertLessEqual(statuses, {200, 502, 503, None})
        for client in crowd:
            client.close()
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        wait_until("answers again", self.is_answered)
        self.assertTrue(self.agent.process.is_running())

    def ask_quietly(self):
        try:
            raw = socket.create_connection(("127.0.0.1", self.agent.port), timeout=5)
        except OSError:
            return None
        try:
            raw.sendall(f"GET /echo HTTP/1.1\r\nHost: d\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n".encode())
            head = raw.recv(4096)
            return int(head.split()[1]) if head else None
        except OSError:
            return None
        finally:
            raw.close()

    def is_answered(self):
        return self.ask_quietly() == 200

    @unittest.skipIf(SANITIZED, "sanitizers need an address space of their own")
    def test_memory_is_enough_for_what_is_allowed(self):
        """A limit a little above what the process has: everything that peers can do at once still fits."""
        self.start(TOKEN=TOKEN)
        self.assertEqual(self.ask_with_token().status, 200)
        pid = self.agent.process.pid
        limit = self.address_space(pid) + 96 * MEBIBYTE
        resource.prlimit(pid, resource.RLIMIT_AS, (limit, limit))
        block = b"x" * MEBIBYTE
        self.fake.on("/big", lambda handler, _path: handler.reply(200, block * 32))

        def load(n):
            answer = self.ask_with_token(method="POST", target=f"/echo?{n}", body=block * 8) if n % 2 else \
                self.ask_with_token(target="/big")
            return answer.status
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            self.assertEqual(set(pool.map(load, range(32))), {200})
        self.assertTrue(self.agent.process.is_running())

    @unittest.skipIf(SANITIZED, "sanitizers need an address space of their own")
    def test_memory_is_not_enough(self):
        """No more memory at all: requests may fail, but the agent either lives or ends at once, and says so."""
        self.start(TOKEN=TOKEN)
        pid = self.agent.process.pid
        limit = self.address_space(pid)
        resource.prlimit(pid, resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
        block = b"x" * (4 * MEBIBYTE)
        self.fake.on("/big", lambda handler, _path: handler.reply(200, block))
        crowd = []
        with contextlib.suppress(OSError):  # it may have ended already
            for _ in range(100):
                crowd.append(socket.create_connection(("127.0.0.1", self.agent.port)))
            for client in crowd:
                client.sendall(b"GET / HTTP/1.1\r\nX: " + b"y" * 60_000)
        self.ask_quietly()
        for client in crowd:
            client.close()
        ended = self.lives_or_ends(lambda: resource.prlimit(pid, resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2))
        if ended:
            self.assertEqual(self.agent.process.child.returncode, 1)
            self.assertIn("lookout: error: out of memory", self.agent.log())
            self.agent.process = None
            self.agent.start()
            self.wait_until_open()
        self.assertEqual(self.ask_with_token().status, 200)

    def lives_or_ends(self, relieve):
        """Waits until the agent answers again, once it has its memory back, or has ended; whether it has."""
        def is_decided():
            if not self.agent.process.is_running():
                return "ended"
            relieve()
            return "lives" if self.is_answered() else None
        return wait_until("the agent to live or to end", is_decided) == "ended"

    @staticmethod
    def address_space(pid):
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * resource.getpagesize()


class SignalStormTest(WorldCase):
    def test_sighup(self):
        hub = self.world.start_hub()
        fake = self.world.start_fake(containers=1)
        agent = self.world.start_agent(hub.url, fake.path)
        first = hub.wait_for_agent(AGENT)["connection"]
        agent.process.send_signal(signal.SIGHUP)
        agent.process.wait_for_log("will be used as they are now")
        descriptors = len(agent.process.descriptors())
        for _ in range(2000 if FULL else 500):
            agent.process.send_signal(signal.SIGHUP)
            if _ % 50 == 0:
                self.assertEqual(hub.http(AGENT, "GET", "/_ping")[2], b"OK")
        self.assertEqual(hub.http(AGENT, "GET", "/_ping")[2], b"OK")
        self.assertEqual(hub.agent(AGENT)["connection"], first)
        wait_until("no more descriptors than before",
                   lambda: len(agent.process.descriptors()) <= descriptors + 1)
        assert_idle(self, agent.process)


@unittest.skipIf(SANITIZED, "a library before the sanitizer's is refused")
class ClockTest(InboundCase):
    HOUR = 3600

    def setUp(self):
        super().setUp()
        self.shift_file = self.world.folder / "shift"
        self.shift(0)

    def shift(self, seconds):
        """By how much the agent's wall clock is off from now on."""
        with open(self.shift_file, "r+b" if self.shift_file.exists() else "wb", buffering=0) as file:
            file.write(struct.pack("q", seconds))

    def preload(self):
        return {"LD_PRELOAD": CLOCK_SHIFT, "CLOCK_SHIFT_FILE": self.shift_file}

    def test_the_session_does_not_notice(self):
        hub = self.world.start_hub("--ping-interval", "300")
        agent = self.world.start_agent(hub.url, self.fake.path, HEARTBEAT_INTERVAL="1", **self.preload())
        first = hub.wait_for_agent(AGENT)["connection"]
        for n, hours in enumerate((5, -5, 100, -100, 0)):
            self.shift(hours * self.HOUR)
            for _ in range(3):
                self.assertEqual(hub.http(AGENT, "GET", "/_ping")[2], b"OK")
                time.sleep(0.3)
            wait_until("the warning", lambda: agent.log().count("clock was set, or the host has slept") == n + 1)
        self.assertEqual(hub.agent(AGENT)["connection"], first)

    def test_signatures(self):
        key = self.make_key("signer.key")
        self.start(AUTHORIZED_KEYS=self.write_keys(key), MAX_CLOCK_SKEW_SECONDS="3", **self.preload())
        captured = key.sign_request("GET", "/echo")
        self.assertEqual(self.ask(headers=captured).status, 200)
        self.shift(2 * self.HOUR)
        self.assertEqual(self.ask(headers=captured).status, 401)
        ahead = int(time.time()) + 2 * self.HOUR
        self.assertEqual(self.ask_signed(key, timestamp=ahead).status, 200)
        # The nonce is forgotten by now, and the clock is set back to when it was good.
        time.sleep(7.2)
        self.shift(int(captured["X-Portwing-Timestamp"]) - int(time.time()))
        self.assert_refused(self.ask(headers=captured), 503,
                            "signed too long ago to tell whether it was served before; sign it again")


if __name__ == "__main__":
    unittest.main()
