#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The allow lists of the examples, before a real engine: an agent lives with them, and they hold. The filter itself is a
stand-in that reads the list as the filter's manual says."""

import unittest
from pathlib import Path

import yaml

from harness.socket_filter import SocketFilter
from harness.world import WorldCase, create_container

COMPOSE = Path(__file__).resolve().parents[2] / "examples/compose"
AGENT = "edge1"


class FilterTest(WorldCase):
    def start(self, example):
        """An agent behind the filter of that example, with a container in its inventory."""
        words = yaml.safe_load((COMPOSE / example).read_text(encoding="utf-8"))["services"]["filter"]["command"]
        self.engine = self.world.start_engine()
        create_container(self.call_engine, "web", ["sleep", "1000"])
        self.filter = SocketFilter(self.world.folder / "filtered.sock", self.engine.socket, words)
        self.addCleanup(self.filter.close)
        self.hub = self.world.start_hub()
        self.agent = self.world.start_agent(self.hub.url, self.filter.path)
        self.hub.wait_for_agent(AGENT)
        self.hub.wait_for_container(AGENT, "web", lambda c: c and c["status"] == "running")

    def call_engine(self, method, target, body=None):
        status, answer = self.engine.call(method, target, body)
        return status, None, answer

    def status(self, method, target, body=None):
        return self.hub.http(AGENT, method, target, body)[0]

    def check_what_both_allow(self):
        self.assertEqual(self.status("GET", "/containers/web/json"), 200)
        self.assertEqual(self.status("GET", "/containers/web/logs?stdout=1"), 200)
        self.assertEqual(self.status("POST", "/containers/web/stop?t=0"), 204)
        # Its end is told by the engine's events, which must have passed, too.
        self.hub.wait_for_container(AGENT, "web", lambda c: c["status"] != "running")
        self.assertEqual(self.status("POST", "/containers/web/start"), 204)
        self.assertEqual(self.filter.refused, [])
        for target in ("/containers/create?name=evil", "/build", "/volumes/create", "/swarm/init", "/images/load"):
            self.assertEqual(self.status("POST", target, {}), 403, target)
        self.assertEqual(len(self.filter.refused), 5)

    def test_reading_starting_and_stopping_pass_and_exec_does_not(self):
        self.start("edge-socket-proxy.yaml")
        self.check_what_both_allow()
        self.assertEqual(self.status("POST", "/containers/web/exec", {"Cmd": ["true"]}), 403)

    def test_exec_passes_where_it_is_meant_to(self):
        self.start("edge-exec.yaml")
        self.check_what_both_allow()
        self.filter.refused.clear()
        run = self.hub.exec_start(AGENT, "web", ["sh", "-c", "echo inside; exit 7"], tty=True)
        output, reason = self.hub.exec_output(run)
        self.assertEqual(output.strip(), b"inside")
        self.assertIn("7", reason)
        self.assertEqual(self.filter.refused, [])


if __name__ == "__main__":
    unittest.main()
