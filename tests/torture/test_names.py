#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Name servers that fail, are slow, or are silent."""

import concurrent.futures
import ctypes
import os
import socket
import struct
import subprocess
import threading
import time
import unittest

from common import AGENT

from harness.waiting import PATIENCE, wait_until
from harness.world import WorldCase

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
NAME = "controller.test"


class NameServer:
    """Answers every question for an IPv4 address with 127.0.0.1: at once, late, with an error, or not at all."""

    def __init__(self):
        self.mode = "answer"
        self.delay = 0.0
        self.asked = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 53))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                question, client = self._socket.recvfrom(512)
            except OSError:
                return
            self.asked += 1
            if self.mode != "silent":
                threading.Timer(self.delay, self._answer, (question, client)).start()

    def _answer(self, question, client):
        end = question.index(b"\0", 12) + 5
        is_ipv4 = struct.unpack("!H", question[end - 4:end - 2])[0] == 1
        has_answer = self.mode == "answer" and is_ipv4
        code = {"servfail": 2, "nxdomain": 3}.get(self.mode, 0)
        reply = question[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, int(has_answer), 0, 0) + question[12:end]
        if has_answer:
            reply += struct.pack("!HHHIH", 0xC00C, 1, 1, 0, 4) + socket.inet_aton("127.0.0.1")
        self._socket.sendto(reply, client)

    def close(self):
        self._socket.close()


class Island:
    """A network of its own with loopback and a name server of its own; run() does things there."""

    def __init__(self, folder):
        self._thread = concurrent.futures.ThreadPoolExecutor(1)
        self.names = self.run(self._enter, folder)

    def run(self, function, *arguments, **options):
        return self._thread.submit(function, *arguments, **options).result()

    @staticmethod
    def _enter(folder):
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(CLONE_NEWNET | CLONE_NEWNS) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        (folder / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:2 attempts:1\n")
        (folder / "nsswitch.conf").write_text("hosts: files dns\n")
        for command in (["mount", "--make-rprivate", "/"], ["ip", "link", "set", "lo", "up"],
                        ["mount", "--bind", folder / "resolv.conf", "/etc/resolv.conf"],
                        ["mount", "--bind", folder / "nsswitch.conf", "/etc/nsswitch.conf"]):
            subprocess.run(command, check=True, capture_output=True)
        return NameServer()

    def close(self):
        self.names.close()
        self._thread.shutdown()


class NameServerTest(WorldCase):
    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("namespaces need root")
        try:
            self.island = Island(self.world.folder)
        except (OSError, subprocess.CalledProcessError) as error:
            self.skipTest(f"no namespaces here: {error}")
        self.addCleanup(self.island.close)
        self.hub = self.island.run(self.world.start_hub)
        self.fake = self.world.start_fake(containers=1)
        self.agent = self.world.make_agent(f"ws://{NAME}:{self.hub.url.rsplit(':', 1)[1]}", self.fake.path,
                                           ALLOW_INSECURE_EDGE_URL="true")

    def tearDown(self):
        # It is a child of the island's thread.
        self.agent.stop()
        self.hub.stop()

    def start(self, mode, delay=0.0):
        self.island.names.mode, self.island.names.delay = mode, delay
        self.island.run(self.agent.start)

    def assert_found_again(self):
        self.island.names.mode, self.island.names.delay = "answer", 0.0
        self.hub.wait_for_agent(AGENT, 60)
        self.assertEqual(self.island.run(self.agent.get, "/ready")[0], 200)

    def test_failing(self):
        for mode in ("servfail", "nxdomain", "silent"):
            with self.subTest(mode):
                self.start(mode)
                self.agent.process.wait_for_log(f'cannot look up \\"{NAME}\\"')
                self.assertEqual(self.island.run(self.agent.get, "/health")[0], 200)
                self.assert_found_again()
                self.agent.stop()
                (self.agent.folder / "lookout.log").unlink()

    def test_slow(self):
        self.start("answer", 1.5)
        wait_until("the question", lambda: self.island.names.asked)
        # The loop does not wait for the answer.
        started = time.monotonic()
        self.assertEqual(self.island.run(self.agent.get, "/health")[0], 200)
        self.assertLess(time.monotonic() - started, 1.0 * PATIENCE)
        self.hub.wait_for_agent(AGENT, 60)


if __name__ == "__main__":
    unittest.main()
