#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Exec sessions that are opened and abandoned, a hundred at a time, with a real engine."""

import json
import unittest

from common import AGENT, FULL, MEBIBYTE, SANITIZED

from harness import engine as engines
from harness.waiting import wait_until
from harness.world import World, create_container

AT_ONCE = 100 if FULL else 40
# The controller, the listener, the events, and what is kept of connections to the engine for the next requests.
MOST_SOCKETS = 16 + 100
ROUNDS = 10 if FULL else 2


@unittest.skipIf(engines.why_not(), engines.why_not())
class AbandonedTest(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.close)
        self.hub = self.world.start_hub("--max-hellos", "1000")
        self.engine = self.world.start_engine()
        self.agent = self.world.start_agent(self.hub.url, self.engine.socket)
        self.hub.wait_for_agent(AGENT)
        self.box = create_container(lambda *arguments: self.hub.http(AGENT, *arguments), "box", ["sleep", "6000"])

    def open_all(self):
        sessions = [self.hub.exec_start(AGENT, self.box, ["cat"], tty=False) for _ in range(AT_ONCE)]
        for session in sessions:
            self.assertEqual(self.hub.control.event(session, 120)["event"], "exec_ready")
        wait_until("the processes to run", lambda: self.processes() == AT_ONCE, 60)

    def abandon(self, connection):
        self.hub.fault("cut", agent=AGENT)
        wait_until("the processes to be let go", lambda: self.processes() == 0, 60)
        return self.hub.wait_for_agent(AGENT, 60, newer_than=connection)["connection"]

    def processes(self):
        """What runs in the container beside its own."""
        return len(json.loads(self.engine.call("GET", f"/containers/{self.box}/top")[1])["Processes"]) - 1

    def sockets(self):
        return len([each for each in self.agent.process.descriptors() if each.startswith("socket:")])

    def test_all_of_them_go_with_their_session(self):
        connection = self.hub.agent(AGENT)["connection"]
        self.open_all()
        connection = self.abandon(connection)
        wait_until("the sockets to be closed", lambda: self.sockets() <= MOST_SOCKETS)
        rss = self.agent.process.rss()
        for _ in range(ROUNDS - 1):
            self.open_all()
            connection = self.abandon(connection)
        wait_until("the sockets to be closed", lambda: self.sockets() <= MOST_SOCKETS)
        self.assertEqual(self.agent.process.children(), [])
        if not SANITIZED:
            self.assertLess(self.agent.process.rss() - rss, 2 * MEBIBYTE)
        # And their places are free again.
        session = self.hub.exec_start(AGENT, self.box, ["echo", "well"], tty=True)
        output, reason = self.hub.exec_output(session)
        self.assertEqual((output, reason), (b"well\r\n", "exited"))


if __name__ == "__main__":
    unittest.main()
