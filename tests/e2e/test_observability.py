#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Metrics, audit records, health and info: on the listener in standard mode, on the operations listener in edge mode,
and through the tunnel."""

import http.client
import json
import os
import signal
import threading
import time
import unittest

from harness import exposition
from harness.engine import why_not
from harness.waiting import PATIENCE, wait_until
from harness.world import World, create_container

AGENT = "edge1"
ORDER = ["build_info", "uptime_seconds", "host_cpu_usage_percent", "host_memory_total_bytes", "host_memory_used_bytes",
         "host_network_receive_bytes_total", "host_network_transmit_bytes_total"]
REQUESTS = ["http_requests_total", "http_request_duration_seconds", "http_requests_in_flight", "auth_failures_total",
            "rate_limited_total"]
EDGE = ["edge_controller_connected", "edge_reconnects_total", "edge_backpressure_events_total"]
AUDIT = ["audit_buffer_records", "audit_buffer_capacity", "audit_sink_enabled", "audit_exports_total"]
CONTAINERS = ["container_cpu_usage_seconds_total", "container_memory_usage_bytes", "container_spec_memory_limit_bytes"]


def get(agent, target, method="GET", headers=None):
    """(status, headers, body) from the agent's own port."""
    connection = http.client.HTTPConnection("127.0.0.1", agent.port, timeout=30 * PATIENCE)
    try:
        connection.request(method, target, headers=headers or {})
        response = connection.getresponse()
        return response.status, response.headers, response.read().decode()
    finally:
        connection.close()


def scrape(agent, target="/metrics"):
    status, headers, body = get(agent, target)
    assert status == 200, body
    assert headers["Content-Type"] == exposition.CONTENT_TYPE, headers["Content-Type"]
    return exposition.parse(body)


def in_order(families, wanted, prefix="portwing_"):
    names = [name for name in families if name.removeprefix(prefix) in wanted]
    return names == [prefix + name for name in wanted]


def start_standard(world, docker_socket, folder="agent", **settings):
    standard = {"DRYDOCK_URL": None, "PRIVATE_KEY_FILE": None, "ALLOW_UNAUTHENTICATED": "true",
                "BIND_ADDRESS": "127.0.0.1"}
    agent = world.make_agent(None, docker_socket, folder=folder, **(standard | settings))
    agent.start()

    def answers():
        try:
            return get(agent, "/health")[0] == 200
        except OSError:
            return False
    wait_until("the agent to listen", answers)
    return agent


class StandardCase(unittest.TestCase):
    """An agent in standard mode before a fake engine, for one test."""

    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.close)
        self.fake = self.world.start_fake(containers=1)
        self.agent = start_standard(self.world, self.fake.path, **self.settings())

    def settings(self):
        return {}


class HealthTest(StandardCase):
    def test_health_ready_and_info(self):
        status, headers, body = get(self.agent, "/health")
        self.assertEqual((status, headers["Content-Type"]), (200, "application/json"))
        health = json.loads(body)
        self.assertEqual(list(health), ["status", "live", "ready", "mode", "version", "uptimeSeconds", "docker",
                                        "controller"])
        self.assertEqual((health["status"], health["live"], health["ready"], health["mode"], health["docker"],
                          health["controller"]), ("ok", True, False, "standard", "unknown", "not_applicable"))
        for target in ("/ready", "/_portwing/health", "/_lookout/health"):
            status, _, body = get(self.agent, target)
            ready = json.loads(body)
            self.assertEqual((status, ready["status"], ready["ready"], ready["docker"], ready["controller"]),
                             (200, "healthy", True, "connected", "not_applicable"), target)
        for target in ("/_portwing/info", "/_lookout/info"):
            status, _, body = get(self.agent, target)
            info = json.loads(body)
            self.assertEqual(list(info), ["agentId", "agentName", "capabilities", "dockerVersion", "hostname", "mode",
                                          "uptime", "version"])
            self.assertEqual((status, info["mode"], info["agentName"]), (200, "standard", AGENT))
            self.assertFalse([name for name in info["capabilities"] if name.startswith("edge-")])

    def test_without_an_engine(self):
        agent = start_standard(self.world, self.world.folder / "nowhere.sock", folder="alone")
        status, _, body = get(agent, "/ready")
        self.assertEqual((status, json.loads(body)["docker"]), (503, "disconnected"))
        self.assertEqual(get(agent, "/health")[0], 200)
        self.assertEqual(json.loads(get(agent, "/_portwing/info")[2])["dockerVersion"], "unknown")
        families = scrape(agent)
        self.assertTrue(in_order(families, ORDER))
        self.assertFalse([name for name in families if name.startswith("container_")])


class MetricsTest(StandardCase):
    def test_names_order_and_both_paths(self):
        for target in ("/metrics", "/_portwing/metrics", "/_lookout/metrics"):
            families = scrape(self.agent, target)
            self.assertTrue(in_order(families, ORDER + REQUESTS + AUDIT), target)
            self.assertFalse([name for name in families if name.startswith("portwing_edge_")])
        self.assertEqual(get(self.agent, "/metrics", "POST")[0], 405)

    def test_requests_are_counted_once_and_labels_are_bounded(self):
        for method in ("GET", "GET", "BREW", "PROPFIND", "X-ANYTHING"):
            get(self.agent, "/_portwing/info", method)
        for target in ("/health", "/ready", "/_portwing/health"):
            get(self.agent, target)
        families = scrape(self.agent)
        requests = families["portwing_http_requests_total"]
        self.assertEqual(requests.value(method="GET", code="200"), 2)
        self.assertEqual(requests.value(method="other", code="405"), 3)
        self.assertEqual(requests.total(), 5)
        self.assertEqual(families["portwing_http_request_duration_seconds"].value("_count"), 5)
        # The scrape itself.
        self.assertEqual(families["portwing_http_requests_in_flight"].value(), 1)
        self.assertGreaterEqual(families["portwing_listener_connections"].value(), 1)

    def test_the_answer_names_the_request(self):
        _, headers, _ = get(self.agent, "/containers/json")
        request_id = headers["X-Portwing-Request-Id"]
        self.assertRegex(request_id, "^[0-9a-f]{16}$")
        records = json.loads(get(self.agent, "/_portwing/audit")[2])["records"]
        self.assertEqual([record["path"] for record in records if record["request_id"] == request_id],
                         ["/containers/json"])
        self.assertIn("X-Lookout-Request-Id", get(self.agent, "/_lookout/info")[1])


class PrefixTest(StandardCase):
    def settings(self):
        return {"METRICS_PREFIX": "lookout_"}

    def test_prefix(self):
        families = scrape(self.agent)
        self.assertTrue(in_order(families, ORDER + REQUESTS + AUDIT, "lookout_"))
        self.assertFalse([name for name in families if name.startswith("portwing_")])


class AuditTest(StandardCase):
    def settings(self):
        return {"AUDIT_BUFFER_SIZE": 4, "AUDIT_LOG": str(self.world.folder / "audit.log")}

    def export(self, query="", family="Portwing"):
        status, headers, body = get(self.agent, f"/_{family.lower()}/audit/export{query}")
        cursors = [headers[f"X-{family}-{name}"] for name in
                   ("Oldest-Cursor", "Latest-Cursor", "Next-Cursor", "Record-Count")]
        return status, cursors, body

    def log(self):
        return [json.loads(line) for line in (self.world.folder / "audit.log").read_text().splitlines()]

    def test_a_collector_follows_the_records(self):
        for number in range(2):
            get(self.agent, f"/containers/{number}/json?secret=1")
        status, cursors, body = self.export()
        self.assertEqual((status, cursors), (200, ["1", "2", "2", "2"]))
        first = [json.loads(line) for line in body.splitlines()]
        self.assertEqual([record["path"] for record in first], ["/containers/0/json", "/containers/1/json"])
        self.assertEqual(first[0]["actor"].split(":")[0], "127.0.0.1")
        # The export before left a record itself.
        status, cursors, body = self.export("?cursor=2")
        self.assertEqual((status, cursors, json.loads(body)["path"]),
                         (200, ["1", "3", "3", "1"], "/_portwing/audit/export"))
        for number in range(5):
            get(self.agent, f"/containers/{number}/json")
        status, cursors, body = self.export("?cursor=3")
        self.assertEqual((status, cursors), (409, ["6", "9", "5", None]))
        self.assertEqual(body, "audit cursor is older than the retained buffer\n")
        self.assertEqual(self.export("?cursor=99", "Lookout")[2],
                         "audit cursor is newer than the current buffer generation\n")
        self.assertEqual(self.export("?cursor=x")[0], 400)
        exports = scrape(self.agent)["portwing_audit_exports_total"]
        self.assertEqual((exports.value(outcome="success"), exports.value(outcome="error")), (2, 3))

    def test_a_restart_is_another_generation(self):
        before = get(self.agent, "/_portwing/audit/export")[1]["X-Portwing-Generation"]
        self.agent.stop()
        self.agent = start_standard(self.world, self.fake.path, **self.settings())
        after = get(self.agent, "/_portwing/audit/export")[1]["X-Portwing-Generation"]
        self.assertNotEqual(before, after)

    def test_log_and_ring_have_the_same_records_and_the_log_follows_a_rotation(self):
        get(self.agent, "/containers/json")
        get(self.agent, "/nowhere")
        wait_until("two lines", lambda: len(self.log()) == 2)
        ring = [json.loads(line) for line in self.export()[2].splitlines()]
        for line, record in zip(self.log(), ring):
            self.assertEqual((line["time"], line["request_id"], line["path"], line["status"], line["outcome"]),
                             (record["ts"], record["request_id"], record["path"], record["status"], record["outcome"]))
        self.assertEqual([record["outcome"] for record in ring], ["allowed", "error"])
        self.assertEqual((self.world.folder / "audit.log").stat().st_mode & 0o777, 0o600)
        wait_until("the export's line", lambda: len(self.log()) == 3)
        os.rename(self.world.folder / "audit.log", self.world.folder / "audit.log.1")
        self.agent.process.send_signal(signal.SIGHUP)
        wait_until("a new file", (self.world.folder / "audit.log").exists)
        get(self.agent, "/after")
        wait_until("one line in it", lambda: len(self.log()) == 1)
        self.assertEqual(self.log()[0]["path"], "/after")

    def test_what_starts_an_exec_is_told_apart(self):
        get(self.agent, "/v1.41/exec/abc/start", "POST")
        record = json.loads(get(self.agent, "/_portwing/audit")[2])["records"][0]
        self.assertEqual((record["event"], record["exec_id"]), ("exec_start", "abc"))


class ProofTest(StandardCase):
    """What is told of those who prove themselves, and of those who do not."""

    def settings(self):
        return {"TOKEN": "secret", "ALLOW_UNAUTHENTICATED": None, "AUDIT_LOG": str(self.world.folder / "audit.log")}

    def ask(self, target, token=None, **headers):
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return get(self.agent, target, headers=headers)

    def test_records_and_figures(self):
        self.assertEqual(self.ask("/containers/json", "secret")[0], 200)
        self.assertEqual(self.ask("/containers/json?a=1", "wrong")[0], 401)
        self.assertEqual(self.ask("/metrics")[0], 401)
        self.assertEqual(self.ask("/_portwing/audit")[0], 401)
        self.assertEqual(get(self.agent, "/health")[0], 200)
        records = json.loads(self.ask("/_portwing/audit", "secret")[2])["records"][::-1]
        seen = [(r["event"], r["outcome"], r["status"], r.get("auth_method"), r["path"], r["actor"]) for r in records]
        self.assertEqual(seen, [
            ("api_request", "allowed", 200, "token", "/containers/json", "127.0.0.1"),
            ("auth_failure", "denied", 401, None, "/containers/json", "127.0.0.1"),
            ("auth_failure", "denied", 401, None, "/metrics", "127.0.0.1"),
            ("auth_failure", "denied", 401, None, "/_portwing/audit", "127.0.0.1")])
        self.assertTrue(all(r["reason"] for r in records[1:]))
        self.assertTrue(all(r["request_id"] for r in records))
        families = exposition.parse(self.ask("/metrics", "secret")[2])
        requests = families["portwing_http_requests_total"]
        self.assertEqual((requests.value(method="GET", code="200"), requests.value(method="GET", code="401")), (2, 3))
        self.assertEqual(families["portwing_auth_failures_total"].total(), 3)
        self.assertEqual(families["portwing_auth_failures_total"].value(reason="bad_token"), 3)
        self.assertEqual(families["portwing_http_request_duration_seconds"].value("_count"), 2)

    def test_refusals_do_not_wash_the_ring_away(self):
        self.ask("/first", "secret")
        for _ in range(40):
            self.ask("/guess", "wrong")
        statuses = [record["status"] for record in self.log_of_guesses()]
        self.assertEqual(statuses.count(401), 10)
        self.assertLessEqual(len(statuses), 12)

    def log_of_guesses(self):
        # The address is locked out for tokens: only the log can be read.
        lines = (self.world.folder / "audit.log").read_text().splitlines()
        return [record for record in map(json.loads, lines) if record["path"] == "/guess"]


class FullDiskTest(StandardCase):
    def settings(self):
        return {"AUDIT_LOG": "/dev/full"}

    def test_a_full_disk_is_reported_and_counted_and_stops_nobody(self):
        for _ in range(5):
            self.assertEqual(get(self.agent, "/containers/json")[0], 200)
        wait_until("the losses", lambda: scrape(self.agent)["portwing_audit_lost_records_total"].value() >= 5)
        self.assertIn("audit records are lost", self.agent.log())
        self.assertEqual(self.agent.log().count("audit records are lost"), 1)
        self.assertGreaterEqual(len(json.loads(get(self.agent, "/_portwing/audit")[2])["records"]), 5)


@unittest.skipIf(why_not(), why_not())
class EngineTest(unittest.TestCase):
    """A real engine with two containers, asked by an agent in each mode."""

    @classmethod
    def setUpClass(cls):
        cls.world = World()
        cls.addClassCleanup(cls.world.close)
        cls.engine = cls.world.start_engine()
        cls.hub = cls.world.start_hub()
        cls.edge = cls.world.start_agent(cls.hub.url, cls.engine.socket)
        cls.standard = start_standard(cls.world, cls.engine.socket, folder="standard")
        cls.hub.wait_for_agent(AGENT)

        def call(method, target, body=None):
            return cls.hub.http(AGENT, method, target, body)
        cls.busy = create_container(call, "busy", ["sh", "-c", "while :; do :; done"],
                                    HostConfig={"NetworkMode": "none", "Memory": 64 << 20})
        cls.quiet = create_container(call, "quiet", ["sleep", "1000"])
        cls.stopped = create_container(call, "stopped", ["true"])
        cls.hub.wait_for_container(AGENT, "stopped", lambda c: c and c["status"] == "exited")

    def fresh(self, agent):
        """A scrape that knows the containers."""
        return wait_until("container figures", lambda: self.with_containers(agent), 30)

    @staticmethod
    def with_containers(agent):
        families = scrape(agent)
        samples = families["container_cpu_usage_seconds_total"].samples if CONTAINERS[0] in families else {}
        return families if len(samples) == 2 else None

    def labels(self, container, name):
        return {"id": container, "name": name, "image": "lookout/busybox:1.0"}

    def test_container_figures(self):
        for agent in (self.standard, self.edge):
            families = self.fresh(agent)
            busy, quiet = self.labels(self.busy, "busy"), self.labels(self.quiet, "quiet")
            cpu = families["container_cpu_usage_seconds_total"]
            self.assertGreater(cpu.value(**busy), cpu.value(**quiet))
            self.assertGreater(families["container_memory_usage_bytes"].value(**busy), 0)
            self.assertEqual(families["container_spec_memory_limit_bytes"].value(**busy), 64 << 20)
            self.assertIsNone(cpu.value(**self.labels(self.stopped, "stopped")))
            # The figures grow once the answer is older than ten seconds, and not before.
            self.assertEqual(scrape(agent)[cpu.name].value(**busy), cpu.value(**busy))

    def test_scrapes_at_once_cost_one_round(self):
        threads = [threading.Thread(target=scrape, args=(self.standard,)) for _ in range(10)]
        begin = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertLess(time.monotonic() - begin, 10 * PATIENCE)

    def test_edge_series_and_the_disk(self):
        families = self.fresh(self.edge)
        self.assertTrue(in_order(families, ORDER + REQUESTS + EDGE + AUDIT))
        self.assertEqual(families["portwing_edge_controller_connected"].value(), 1)
        self.assertEqual(families["portwing_edge_clock_offset_seconds"].value(), 0)
        self.assertGreater(families["portwing_edge_messages_total"].value(direction="sent"), 0)
        self.assertGreater(families["portwing_edge_tasks_total"].value(kind="request"), 0)
        self.assertEqual(families["portwing_http_requests_total"].total(), 0)
        disk = wait_until("the disk's size", lambda: scrape(self.edge).get("portwing_host_disk_total_bytes"))
        self.assertGreater(disk.value(), 0)

    def test_the_operations_listener_serves_no_more_than_it_should(self):
        self.assertEqual(get(self.edge, "/_lookout/metrics")[0], 200)
        self.assertEqual(get(self.edge, "/_portwing/audit/export")[0], 200)
        self.assertEqual(get(self.edge, "/_portwing/audit")[0], 404)
        self.assertEqual(get(self.edge, "/containers/json")[0], 404)
        self.assertEqual(get(self.edge, "/_portwing/audit/export", "DELETE")[0], 405)
        # Whoever asks there leaves no record, and whoever asks through the tunnel does.
        records = [json.loads(line) for line in get(self.edge, "/_portwing/audit/export")[2].splitlines()]
        self.assertTrue(records)
        self.assertEqual({record["actor"] for record in records}, {self.hub.url.replace("http", "ws", 1)})
        self.assertTrue(all(record["request_id"] for record in records))

    def test_the_same_routes_through_the_tunnel(self):
        status, headers, body = self.hub.http(AGENT, "GET", "/_portwing/metrics")
        self.assertEqual((status, headers["Content-Type"]), (200, exposition.CONTENT_TYPE))
        self.assertIn("portwing_edge_controller_connected", exposition.parse(body.decode()))
        self.assertEqual(self.hub.http(AGENT, "GET", "/metrics")[0], 200)
        status, headers, body = self.hub.http(AGENT, "GET", "/_lookout/audit/export?limit=1")
        self.assertEqual((status, headers["X-Lookout-Record-Count"]), (200, "1"))
        self.assertEqual(json.loads(body)["cursor"], 1)
        self.assertIn("records", json.loads(self.hub.http(AGENT, "GET", "/_portwing/audit")[2]))


if __name__ == "__main__":
    unittest.main()
