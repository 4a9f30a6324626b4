#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The agent on sockets that were opened for it, by the protocol of sd_listen_fds(3)."""

import fcntl
import os
import socket
import subprocess
import unittest
from pathlib import Path

from harness import unix_http
from harness.lookout import LOOKOUT
from harness.waiting import wait_until
from harness.world import WorldCase

FIRST = 3


class ActivationTest(WorldCase):
    def setUp(self):
        super().setUp()
        self.fake = self.world.start_fake()
        self.log = open(self.world.folder / "lookout.log", "w+b")
        self.addCleanup(self.log.close)

    def start(self, sockets, **settings):
        """The agent with these as its descriptors from 3 on."""
        high = [fcntl.fcntl(each.fileno(), fcntl.F_DUPFD, 100) for each in sockets]
        for each in high:
            self.addCleanup(os.close, each)

        def place():
            for i, each in enumerate(high):
                os.dup2(each, FIRST + i)

        environment = {"PATH": os.environ["PATH"], "HOME": str(self.world.folder), "STATE_DIRECTORY": str(self.world.folder),
                       "DOCKER_SOCKET": str(self.fake.path), "BIND_ADDRESS": "127.0.0.1", "PORT": "1",
                       "LISTEN_FDS": str(len(sockets)), **settings}
        if os.environ.get("E2E_SANITIZED"):
            environment["SANDBOX"] = "off"  # LeakSanitizer needs ptrace
        # Only the process itself knows its number.
        child = subprocess.Popen(["sh", "-c", f"LISTEN_PID=$$ exec {LOOKOUT}"], env=environment, stdout=self.log,
                                 stderr=self.log, stdin=subprocess.DEVNULL, close_fds=False, preexec_fn=place)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        return child

    def listening(self, address):
        made = socket.create_server((address, 0))
        self.addCleanup(made.close)
        return made

    def test_serves_all_of_them_and_binds_none_of_its_own(self):
        tcp = self.listening("127.0.0.1")
        path = self.world.folder / "handed.sock"
        local = socket.socket(socket.AF_UNIX)
        self.addCleanup(local.close)
        local.bind(str(path))
        local.listen()
        child = self.start([tcp, local], ALLOW_UNAUTHENTICATED="true")
        self.assertEqual(unix_http.request(path, "GET", "/health")[0], 200)
        with socket.create_connection(tcp.getsockname(), 20) as client:
            client.sendall(b"GET /health HTTP/1.0\r\n\r\n")
            self.assertTrue(client.makefile("rb").read().startswith(b"HTTP/1.1 200 OK\r\n"))
        child.terminate()
        self.assertEqual(child.wait(20), 0)
        self.assertTrue(path.exists())

    def test_a_socket_for_everybody_is_refused_where_nobody_must_prove_himself(self):
        child = self.start([self.listening("0.0.0.0")], ALLOW_UNAUTHENTICATED="true")
        self.assertEqual(child.wait(20), 1)
        self.log.seek(0)
        self.assertIn(b"LISTEN_FDS", self.log.read())

    def test_the_listener_of_an_agent_with_a_controller_tells_this_host_only(self):
        key = self.world.key
        settings = {"DRYDOCK_URL": "ws://127.0.0.1:1", "PRIVATE_KEY_FILE": str(key.path)}
        local, open_to_all = self.listening("127.0.0.1"), self.listening("0.0.0.0")
        self.start([local], **settings)
        with socket.create_connection(local.getsockname(), 20) as client:
            client.sendall(b"GET /health HTTP/1.0\r\n\r\n")
            self.assertTrue(client.makefile("rb").read().startswith(b"HTTP/1.1 200 OK\r\n"))
        self.start([open_to_all], **settings)
        wait_until("the refusal", lambda: b"are not served" in Path(self.log.name).read_bytes())

    def test_what_is_no_listening_socket_is_refused(self):
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        child = self.start([theirs], ALLOW_UNAUTHENTICATED="true")
        self.assertEqual(child.wait(20), 1)
        self.log.seek(0)
        self.assertIn(b"descriptor 3 is not a listening stream socket", self.log.read())


if __name__ == "__main__":
    unittest.main()
