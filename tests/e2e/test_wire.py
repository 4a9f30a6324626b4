#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Conformance: the agent on a bare socket, from the upgrade to the close, and the forms of welcome it takes."""

import json
import signal
import unittest

from harness.raw_controller import RawController
from harness.world import WorldCase

AGENT = "edge1"
MEBIBYTE = 1024 * 1024


class WireTest(WorldCase):
    """Byte by byte, against a bare socket."""

    def setUp(self):
        super().setUp()
        self.controller = RawController()
        self.addCleanup(self.controller.close)
        self.fake = self.world.start_fake()
        self.agent = self.world.start_agent(self.controller.url, self.fake.path)
        self.head, self.hello = self.controller.accept()

    def test_the_upgrade_and_the_hello(self):
        self.assertTrue(self.head.startswith("GET /api/portwing/ws HTTP/1.1\r\n"), self.head)
        names = [line.split(":")[0].lower() for line in self.head.split("\r\n")[1:]]
        for absent in ("origin", "sec-websocket-protocol", "sec-websocket-extensions", "cookie", "authorization"):
            self.assertNotIn(absent, names)
        data = self.hello["data"]
        self.assertEqual(self.hello["type"], "hello")
        self.assertIsInstance(data["timestamp"], int)
        self.assertRegex(data["nonce"], "^[0-9a-f]{32}$")
        self.assertRegex(data["signature"], "^[A-Za-z0-9_-]{86}$")

    def test_a_message_over_the_limit_is_closed_with_1009(self):
        for extra in (1, 20 * MEBIBYTE):
            with self.subTest(extra):
                self.controller.send_in_background(b"x" * (16 * MEBIBYTE + extra))
                self.assertEqual(self.controller.receive_close()[0], 1009)
                self.controller.accept()

    def test_terminating_says_goodbye(self):
        self.assertEqual(json.loads(self.controller.receive()[1])["type"], "dd:component_sync")
        self.agent.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.controller.receive_close(), (1000, "shutdown"))


class WelcomeTest(WorldCase):
    def test_every_form_of_welcome_is_accepted(self):
        hub = self.world.start_hub()
        fake = self.world.start_fake(containers=1)
        welcomes = [{"pollInterval": "300"}, {}, {"pollInterval": 9300000000, "config": {"serverCompatLevel": "2.0"}},
                    {"pollInterval": "nonsense", "config": {"x": 7}}]
        hub.fault("welcome", data=welcomes[0])
        self.world.start_agent(hub.url, fake.path)
        for welcome in welcomes:
            hub.fault("welcome", data=welcome)
            before = hub.wait_for_agent(AGENT)["connection"]
            hub.fault("cut", agent=AGENT)
            hub.wait_for_agent(AGENT, newer_than=before)


if __name__ == "__main__":
    unittest.main()
