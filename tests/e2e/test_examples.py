#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The allow lists of the examples, before a real engine: an agent lives with them, and they hold. The filter itself is a
stand-in that reads the list as the filter's manual says. And what monitoring reads is there. test_container.py runs the others."""

import json
import unittest
from pathlib import Path

import yaml

from harness.inbound import TOKEN, InboundCase
from harness.socket_filter import SocketFilter
from harness.waiting import wait_until
from harness.world import WorldCase, create_container

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
AGENT = "edge1"


class FilterTest(WorldCase):
    def start(self, example):
        """An agent behind the filter of that example, with a container in its inventory."""
        words = yaml.safe_load((EXAMPLES / "compose" / example).read_text(encoding="utf-8"))["services"]["filter"]["command"]
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


class PrometheusTest(InboundCase):
    def test_the_job_of_the_example_gets_the_metrics(self):
        job, = yaml.safe_load((EXAMPLES / "monitoring/prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"]
        self.start(TOKEN=TOKEN)
        answer = self.ask(target=job["metrics_path"], headers={"Authorization": f"{job['authorization']['type']} {TOKEN}"})
        self.assertEqual(answer.status, 200)
        self.assertIn("# TYPE portwing_", answer.text)
        self.assertEqual(self.ask(target=job["metrics_path"]).status, 401)


class LogShippingTest(InboundCase):
    def test_the_audit_file_is_what_the_example_reads(self):
        text = (EXAMPLES / "monitoring/fluent-bit.conf").read_text(encoding="utf-8")
        self.assertIn("Parser json", text)
        self.start(TOKEN=TOKEN)
        self.assertEqual(self.ask_with_token().status, 200)
        for line in wait_until("a record", lambda: self.audit_path.exists() and self.audit_path.read_text()).splitlines():
            self.assertIsInstance(json.loads(line), dict)


if __name__ == "__main__":
    unittest.main()
