#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Connections that only one side knows of: the other host has gone without a word."""

import signal
import socket
import unittest

from common import AGENT, FULL

from harness import slow_link
from harness.inbound import TOKEN
from harness.slow_link import SlowLink
from harness.waiting import PATIENCE, wait_until
from harness.world import World


@unittest.skipIf(slow_link.why_not(), slow_link.why_not())
class HalfOpenTest(unittest.TestCase):
    def setUp(self):
        self.line = SlowLink(bits_per_second=100_000_000, round_trip=0.002, loss=0.0)
        self.addCleanup(self.line.close)
        self.world = World()
        self.addCleanup(self.world.close)
        self.fake = self.world.start_fake(containers=1)

    def test_a_controller_that_restarts_behind_a_dead_line(self):
        hub = self.line.far.run(self.world.start_hub, listen=f"{self.line.far.address}:0")
        agent = self.line.near.run(self.world.start_agent, hub.url, self.fake.path, ALLOW_INSECURE_EDGE_URL="true",
                                   HEARTBEAT_INTERVAL="1", WRITE_STALL_TIMEOUT="20")
        hub.wait_for_agent(AGENT)
        self.line.is_cut = True
        hub.process.send_signal(signal.SIGKILL)
        hub.process.wait()
        hub.process = None
        hub.stop()
        self.line.far.run(hub.start)
        self.line.is_cut = False
        # The next heartbeat is answered with a reset.
        agent.process.wait_for_log("lost the controller")
        hub.wait_for_agent(AGENT, 60)
        self.assertEqual(hub.http(AGENT, "GET", "/_ping")[2], b"OK")

    @unittest.skipUnless(FULL, "takes two minutes; make torture")
    def test_a_client_that_vanishes_from_a_stream(self):
        agent = self.line.near.run(self.world.start_agent, None, self.fake.path, DRYDOCK_URL=None, PRIVATE_KEY_FILE=None,
                                   BIND_ADDRESS=self.line.near.address, TOKEN=TOKEN)
        agent.process.wait_for_log("requests are served")
        self.fake.on("/containers/box/logs", self.fake.hang_stream)
        client = self.line.far.run(socket.create_connection, (self.line.near.address, agent.port))
        self.addCleanup(client.close)
        before = self.fake.open_streams
        client.sendall(f"GET /containers/box/logs?follow=1&stdout=1 HTTP/1.1\r\nHost: d\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode())
        wait_until("the stream", lambda: self.fake.open_streams > before)
        self.line.is_cut = True
        wait_until("the engine's side to be let go", lambda: self.fake.open_streams <= before, 180 / PATIENCE)


if __name__ == "__main__":
    unittest.main()
