#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One agent before a real Docker engine, from the first request to its memory after everything."""

import hashlib
import json
import os
import signal
import struct
import time
import unittest

from harness.engine import IMAGE, why_not
from harness.waiting import PATIENCE, wait_until
from harness.world import World, create_container

AGENT = "edge1"
MAX_RSS = 24 * 1024 * 1024


def split_log(raw):
    """(stdout, stderr) of multiplexed output."""
    parts = {1: b"", 2: b""}
    while raw:
        kind, size = raw[0], struct.unpack("!I", raw[4:8])[0]
        parts[kind] += raw[8:8 + size]
        raw = raw[8 + size:]
    return parts[1], parts[2]


class EngineCase(unittest.TestCase):
    """All classes here share one world, so that the last one can look at what all of them left behind."""

    @classmethod
    def setUpClass(cls):
        cls.world, cls.hub, cls.engine, cls.agent = SHARED.world, SHARED.hub, SHARED.engine, SHARED.agent

    def http(self, method, target, body=None):
        return self.hub.http(AGENT, method, target, body)

    def get_json(self, target):
        status, _, body = self.http("GET", target)
        self.assertEqual(status, 200, body)
        return json.loads(body)

    def run_container(self, name, argv, **extra):
        container = create_container(self.http, name, argv, **extra)
        self.addCleanup(self.engine.call, "DELETE", f"/containers/{container}?force=1")
        return container

    def wait_exited(self, container):
        wait_until("the container to end", lambda: self.get_json(f"/containers/{container}/json")["State"]["Running"] is False)


class Shared:
    def start(self):
        reason = why_not()
        if reason and not os.environ.get("CI"):
            raise unittest.SkipTest(reason)
        self.world = World()
        unittest.addModuleCleanup(self.world.close)
        self.hub = self.world.start_hub("--max-stream", str(1 << 30))
        self.engine = self.world.start_engine()
        self.agent = self.world.start_agent(self.hub.url, self.engine.socket)
        self.hub.wait_for_agent(AGENT)


SHARED = Shared()


def setUpModule():
    SHARED.start()


class RequestTest(EngineCase):
    def test_lists_and_inspects_like_the_engine_itself(self):
        container = self.run_container("listed", ["sleep", "600"], Labels={"big": "x" * 5000}, Env=["E=\u00e4 \u2028 </&>"])
        for target in (f"/containers/{container}/json", "/version", "/images/json", f"/images/{IMAGE}/json"):
            with self.subTest(target):
                self.assertEqual(self.get_json(target), json.loads(self.engine.call("GET", target)[1]))
        self.assertIn(container, [entry["Id"] for entry in self.get_json("/containers/json")])
        self.assertEqual(self.get_json("/v1.41/version"), self.get_json("/version"))

    def test_create_start_stop_rename_remove_reach_the_inventory(self):
        container = self.run_container("life", ["sleep", "600"])
        stored = self.hub.wait_for_container(AGENT, "life", lambda c: c and c["status"] == "running")
        self.assertTrue(stored)
        self.assertEqual(self.http("POST", f"/containers/{container}/rename?name=renamed")[0], 204)
        self.hub.wait_for_container(AGENT, "renamed")
        self.assertEqual(self.http("POST", f"/containers/{container}/pause")[0], 204)
        self.hub.wait_for_container(AGENT, "renamed", lambda c: c["status"] == "paused")
        self.assertEqual(self.http("POST", f"/containers/{container}/unpause")[0], 204)
        self.hub.wait_for_container(AGENT, "renamed", lambda c: c["status"] == "running")
        self.assertEqual(self.http("POST", f"/containers/{container}/stop?t=0")[0], 204)
        self.hub.wait_for_container(AGENT, "renamed", lambda c: c["status"] not in ("running", "paused"))
        self.assertEqual(self.http("DELETE", f"/containers/{container}")[0], 204)
        self.hub.wait_for_container(AGENT, "renamed", lambda c: c is None)
        self.assertEqual(self.hub.call("containers", agent=AGENT)["rejected"], 0)

    def test_a_health_change_reaches_the_inventory(self):
        self.run_container("healthy", ["sleep", "600"],
                           Healthcheck={"Test": ["CMD", "/bin/true"], "Interval": 1_000_000_000, "Retries": 1})
        self.hub.wait_for_container(AGENT, "healthy", lambda c: c and c.get("health") == "healthy")

    def test_an_image_imported_on_the_host_is_seen_and_a_pull_fails_with_dockers_own_words(self):
        self.engine.load_image("lookout/imported:7")
        tags = [tag for image in self.get_json("/images/json") for tag in image["RepoTags"] or []]
        self.assertIn("lookout/imported:7", tags)
        # No registry is in reach; the engine's complaint must arrive as the stream that the controller expects.
        status, _, body = self.http("POST", "/images/create?fromImage=127.0.0.1:1/none&tag=1", {})
        direct_status, direct = self.engine.call("POST", "/images/create?fromImage=127.0.0.1:1/none&tag=1")
        self.assertEqual((status, json.loads(body)), (direct_status, json.loads(direct)))

    def test_text_arrives_as_text_and_binary_as_an_error(self):
        self.assertEqual(self.http("GET", "/_ping")[::2], (200, b"OK"))
        container = self.run_container("archived", ["sleep", "600"])
        # A tar of nothing but text is text, too.
        target = f"/containers/{container}/archive?path=/etc"
        self.assertEqual(self.http("GET", target)[::2], (200, self.engine.call("GET", target)[1]))
        for target in (f"/images/{IMAGE}/get", f"/containers/{container}/archive?path=/bin/busybox",
                       f"/containers/{container}/export"):
            with self.subTest(target):
                status, _, body = self.http("GET", target)
                self.assertEqual(status, 502)
                self.assertRegex(json.loads(body)["message"].lower(), "binary|not text|utf-8|represent")

    def test_errors_of_the_engine_keep_their_status_and_text(self):
        status, _, body = self.http("GET", "/containers/nobody/json")
        self.assertEqual((status, json.loads(body)["message"]), (404, "No such container: nobody"))
        status, _, body = self.http("GET", "/containers/nobody/logs?stdout=1")
        self.assertEqual(status, 404)
        self.assertIn(b"No such container", body)

    def test_stats_give_one_outcome_each(self):
        container = self.run_container("counted", ["sleep", "600"])
        self.assertIn("cpu_stats", self.get_json(f"/containers/{container}/stats?stream=false"))
        status, _, body = self.http("GET", f"/containers/{container}/stats?stream=true")
        self.assertIn(status, (200, 502), body)

    def test_the_agents_own_routes_answer_through_the_tunnel(self):
        for prefix in ("/_lookout", "/_portwing"):
            self.assertEqual(self.get_json(f"{prefix}/info")["agentName"], AGENT)
            self.assertEqual(self.get_json(f"{prefix}/health")["controller"], "connected")

    def test_metrics_come_with_the_session(self):
        metrics = wait_until("metrics", lambda: self.hub.agent(AGENT)["metrics"])
        self.assertGreater(metrics["memoryTotal"], 0)
        self.assertGreater(metrics["cpuCores"], 0)
        self.assertGreater(metrics["uptime"], 0)


class LogTest(EngineCase):
    SCRIPT = "i=1; while [ $i -le 20 ]; do echo line $i; i=$((i+1)); done; echo broken >&2"

    def logs(self, container, **options):
        request = self.hub.call("logs", agent=AGENT, container=container, **options)
        return self.hub.control.event(request)["data"]

    def test_one_shot_logs(self):
        container = self.run_container("talker", ["sh", "-c", self.SCRIPT])
        self.wait_exited(container)
        answer = self.logs(container, tail=1000, since="0")
        lines = answer["logs"].splitlines()
        self.assertEqual(sorted(lines), sorted([f"line {n}" for n in range(1, 21)] + ["broken"]))
        self.assertEqual(answer["containerId"], container)
        self.assertEqual(len(self.logs(container, tail=3)["logs"].splitlines()), 3)
        self.assertEqual(self.logs(container, tail=0)["logs"], "")
        self.assertEqual(self.logs(container, tail=5, since=int(time.time()) + 1000)["logs"], "")
        self.assertRegex(self.logs(container, tail=1, timestamps=True)["logs"], r"^\d{4}-\d\d-\d\dT[\d:.]+Z ")
        self.assertIn("error: ", self.logs("nobody", tail=1)["logs"])

    def test_logs_over_http_are_byte_exact(self):
        container = self.run_container("bytes", ["sh", "-c", self.SCRIPT])
        self.wait_exited(container)
        target = f"/containers/{container}/logs?stdout=1&stderr=1"
        status, _, body = self.http("GET", target)
        self.assertEqual((status, body), (200, self.engine.call("GET", target)[1]))
        stdout, stderr = split_log(body)
        self.assertEqual((stdout.splitlines()[-1], stderr), (b"line 20", b"broken\n"))

    def test_follow_and_cancel(self):
        container = self.run_container("ticker", ["sh", "-c", "while true; do echo tick; sleep 0.1; done"])
        request = self.hub.call("logs_live", agent=AGENT, container=container, tail=10, since=0, follow=True, timestamps=True)
        text = ""
        while text.count("tick") < 5:
            event = self.hub.control.event(request)
            self.assertEqual((event["event"], event["data"]["stream"]), ("log_chunk", "stdout"))
            text += event["data"]["logs"]
        self.hub.call("logs_cancel", agent=AGENT, request=request)
        while (event := self.hub.control.event(request))["event"] == "log_chunk":
            pass
        self.assertEqual((event["event"], event["data"]["reason"]), ("log_end", "canceled"))

    def test_a_followed_log_ends_with_its_container(self):
        container = self.run_container("short", ["sh", "-c", "echo one; sleep 1; echo two >&2"])
        request = self.hub.call("logs_live", agent=AGENT, container=container, tail=100, since=0, follow=True)
        texts = {"stdout": "", "stderr": ""}
        while (event := self.hub.control.event(request))["event"] == "log_chunk":
            texts[event["data"]["stream"]] += event["data"]["logs"]
        self.assertEqual((texts, event["event"], event["data"]["reason"]),
                         ({"stdout": "one\n", "stderr": "two\n"}, "log_end", "eof"))


class ExecTest(EngineCase):
    def setUp(self):
        self.box = self.run_container(f"box{time.monotonic_ns()}", ["sleep", "600"])

    def test_a_terminal_with_input_and_resize(self):
        execution = self.hub.exec_start(AGENT, self.box, ["sh"], cols=80, rows=24)
        self.assertEqual(self.hub.control.event(execution)["event"], "exec_ready")
        self.hub.exec_input(AGENT, execution, b"stty size\n")
        self.hub.exec_read_until(execution, b"24 80")
        self.hub.call("exec_resize", agent=AGENT, exec=execution, cols=133, rows=41)
        # The resize is a request of its own to the engine; ask until it shows.
        for _ in range(100):
            self.hub.exec_input(AGENT, execution, b"stty size; echo do''ne\n")
            if b"41 133" in self.hub.exec_read_until(execution, b"done"):
                break
            time.sleep(0.05)
        else:
            self.fail("the new size never showed")
        self.hub.exec_input(AGENT, execution, b"exit\n")
        self.assertEqual(self.hub.exec_output(execution)[1], "exited")

    def test_input_sent_before_ready_arrives_in_order(self):
        execution = self.hub.exec_start(AGENT, self.box, ["head", "-c", "2600"], tty=False)
        for n in range(100):
            self.hub.exec_input(AGENT, execution, b"%025d\n" % n)
        output, reason = self.hub.exec_output(execution)
        self.assertEqual((split_log(output)[0], reason), (b"".join(b"%025d\n" % n for n in range(100)), "exited"))

    def test_binary_through_stdin_and_back(self):
        data = os.urandom(4 * 1024 * 1024)
        execution = self.hub.exec_start(AGENT, self.box, ["head", "-c", str(len(data))], tty=False)
        for at in range(0, len(data), 48 * 1024):
            self.hub.exec_input(AGENT, execution, data[at:at + 48 * 1024])
        output, _ = self.hub.exec_output(execution, 120)
        self.assertEqual(hashlib.sha256(split_log(output)[0]).digest(), hashlib.sha256(data).digest())

    def test_the_end_tells_the_truth(self):
        self.assertEqual(self.hub.exec_output(self.hub.exec_start(AGENT, self.box, ["true"]))[1], "exited")
        self.assertIn("7", self.hub.exec_output(self.hub.exec_start(AGENT, self.box, ["sh", "-c", "exit 7"]))[1])
        self.assertRegex(self.hub.exec_output(self.hub.exec_start(AGENT, "nobody", ["true"]))[1],
                         "^create exec failed: .*No such container")

    def test_input_just_before_the_end_is_not_lost(self):
        execution = self.hub.exec_start(AGENT, self.box, ["sh"], tty=True)
        self.hub.exec_input(AGENT, execution, b"echo kept > /tmp/kept\n")
        self.hub.call("exec_end", agent=AGENT, exec=execution)

        def kept():
            reader = self.hub.exec_start(AGENT, self.box, ["cat", "/tmp/kept"], tty=False)
            return split_log(self.hub.exec_output(reader)[0])[0] == b"kept\n"
        wait_until("the input to take effect", kept)

    def test_many_at_once(self):
        running = [self.hub.exec_start(AGENT, self.box, ["echo", str(n)], tty=False) for n in range(20)]
        for n, execution in enumerate(running):
            output, reason = self.hub.exec_output(execution)
            self.assertEqual((split_log(output)[0], reason), (b"%d\n" % n, "exited"))


class DeleteTest(EngineCase):
    def test_delete_removes_by_force_and_tells_at_once(self):
        container = self.run_container("doomed", ["sleep", "600"])
        self.hub.wait_for_container(AGENT, "doomed")
        request = self.hub.call("delete", agent=AGENT, container=container)
        answer = self.hub.control.event(request)["data"]
        self.assertEqual((answer["success"], answer["requestId"]), (True, request))
        self.hub.wait_for_container(AGENT, "doomed", lambda c: c is None, 10)
        self.assertEqual(self.engine.call("GET", f"/containers/{container}/json")[0], 404)

    def test_delete_of_nothing_fails_with_a_reason(self):
        answer = self.hub.control.event(self.hub.call("delete", agent=AGENT, container="nobody"))["data"]
        self.assertFalse(answer["success"])
        self.assertIn("No such container", answer["error"])


class OutageTest(EngineCase):
    def test_the_engine_restarts_under_the_agent(self):
        connection = self.hub.agent(AGENT)["connection"]
        self.engine.stop()
        started = time.monotonic()
        status, _, body = self.http("GET", "/containers/json")
        self.assertEqual(status, 502)
        self.assertIn(str(self.engine.socket), json.loads(body)["message"])
        self.assertLess(time.monotonic() - started, 20 * PATIENCE)
        wait_until("not ready", lambda: self.agent.get("/ready")[0] == 503)
        self.assertEqual(self.agent.get("/health")[0], 200)
        self.engine.start()
        wait_until("ready again", lambda: self.agent.get("/ready")[0] == 200, 60)
        self.run_container("after", ["sleep", "600"])
        self.hub.wait_for_container(AGENT, "after")
        self.assertEqual(self.hub.agent(AGENT)["connection"], connection)

    def test_the_controller_restarts(self):
        self.hub.stop()
        self.hub.start()
        self.hub.wait_for_agent(AGENT)
        self.assertEqual(self.http("GET", "/_ping")[0], 200)


class FootprintTest(EngineCase):
    """Runs last."""

    def test_nothing_is_left_behind(self):
        def left():
            return [d for d in self.agent.process.descriptors() if d.startswith("socket:")]
        # The controller, the listener, the stream of events and a few kept-alive connections to the engine.
        wait_until("only a handful of sockets", lambda: len(left()) <= 16, 60)
        self.assertEqual(self.agent.process.children(), [])
        self.assertEqual(self.hub.call("containers", agent=AGENT)["rejected"], 0)

    def test_memory(self):
        if os.environ.get("E2E_SANITIZED"):
            self.skipTest("sanitizers need memory of their own")
        self.assertLess(self.agent.process.total_rss(), MAX_RSS)

    def test_the_end_is_clean_and_quick(self):
        since = self.hub.last_seq()
        started = time.monotonic()
        self.assertEqual(self.agent.stop(signal.SIGTERM), 0)
        self.assertLess(time.monotonic() - started, 5 * PATIENCE)
        closes = wait_until("the close frame", lambda: self.hub.trace(since=since, type="(close frame)"))
        self.assertEqual(closes[0]["text"], "1000 shutdown")


def load_tests(loader, _tests, _pattern):
    suite = unittest.TestSuite()
    for case in (RequestTest, LogTest, ExecTest, DeleteTest, OutageTest):
        suite.addTests(loader.loadTestsFromTestCase(case))
    suite.addTests(FootprintTest(name) for name in
                   ("test_nothing_is_left_behind", "test_memory", "test_the_end_is_clean_and_quick"))
    return suite


if __name__ == "__main__":
    unittest.main()
