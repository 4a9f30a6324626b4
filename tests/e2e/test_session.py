#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The life of a session: who may connect, what happens when not, what ends it and what comes after."""

import json
import os
import signal
import time
import unittest

from harness.keys import Key
from harness.lookout import QUICK_AGENT, free_port
from harness.waiting import PATIENCE, wait_until
from harness.world import WorldCase

AGENT = "edge1"


class StartTest(WorldCase):
    def test_starts_before_the_controller(self):
        fake = self.world.start_fake(containers=2)
        port = free_port()
        agent = self.world.start_agent(f"ws://127.0.0.1:{port}", fake.path)
        wait_until("liveness", lambda: self.is_live(agent))
        status, body = agent.get("/ready")
        self.assertEqual((status, body["controller"], body["docker"]), (503, "disconnected", "connected"))
        hub = self.world.start_hub(listen=f"127.0.0.1:{port}")
        hub.wait_for_agent(AGENT)
        wait_until("readiness", lambda: agent.get("/ready")[0] == 200)
        wait_until("the inventory", lambda: len(hub.containers(AGENT)) == 2)

    @staticmethod
    def is_live(agent):
        try:
            return agent.get("/health")[0] == 200
        except OSError:
            return False

    def test_starts_before_docker(self):
        hub = self.world.start_hub()
        socket = self.world.folder / "fake.sock"
        agent = self.world.start_agent(hub.url, socket)
        wait_until("the session", lambda: hub.agent(AGENT))
        status, _, body = hub.http(AGENT, "GET", "/containers/json")
        self.assertEqual(status, 502)
        self.assertIn(str(socket), json.loads(body)["message"])
        self.assertEqual(agent.get("/ready")[1]["docker"], "disconnected")
        self.world.start_fake(containers=3)
        wait_until("the inventory", lambda: len(hub.containers(AGENT)) == 3, 60)
        wait_until("readiness", lambda: agent.get("/ready")[0] == 200)

    def test_hello_names_the_agent_and_keeps_its_id_over_a_kill(self):
        hub = self.world.start_hub()
        fake = self.world.start_fake()
        agent = self.world.start_agent(hub.url, fake.path)
        first = hub.wait_for_agent(AGENT)
        self.assertEqual(first["hello"]["protocol"], "portwing/1.0")
        self.assertEqual(first["hello"]["drydockCompat"], "1.4.0")
        self.assertEqual(first["hello"]["watcherTypes"], ["docker"])
        self.assertNotIn("triggerTypes", first["hello"])
        agent.stop(signal.SIGKILL)
        agent.start()
        second = hub.wait_for_agent(AGENT, 60, newer_than=first["connection"])
        self.assertEqual(second["hello"]["agentId"], first["hello"]["agentId"])

    def test_speaks_the_other_dialect(self):
        hub = self.world.start_hub()
        fake = self.world.start_fake(containers=1)
        self.world.start_agent(hub.url, fake.path, PROTOCOL="lookout/1.0")
        entry = wait_until("the session", lambda: hub.agent(AGENT))
        self.assertEqual(entry["hello"]["protocol"], "lookout/1.0")
        self.assertEqual(hub.http(AGENT, "GET", "/_ping")[2], b"OK")


class RefusalTest(WorldCase):
    def setUp(self):
        super().setUp()
        self.fake = self.world.start_fake()

    def test_a_wrong_key_is_retried_slowly_and_loudly(self):
        hub = self.world.start_hub(keys=[Key(self.world.folder / "other.key")])
        agent = self.world.start_agent(hub.url, self.fake.path)
        wait_until("the refusal", lambda: hub.call("counters")["rejections"] >= 1)
        agent.process.wait_for_log("unknown-key")
        time.sleep(3)  # long enough for two ordinary attempts
        self.assertTrue(agent.process.is_running())
        self.assertEqual(hub.call("counters")["rejections"], 1)
        self.assertEqual(agent.get("/health")[0], 200)

    def test_a_wrong_key_ends_the_process_when_asked_to(self):
        hub = self.world.start_hub(keys=[Key(self.world.folder / "other.key")])
        agent = self.world.start_agent(hub.url, self.fake.path, EXIT_ON_REJECT="true")
        self.assertNotIn(agent.process.wait(30 * PATIENCE), (0, -signal.SIGABRT, -signal.SIGSEGV))

    def test_passing_refusals_are_retried(self):
        hub = self.world.start_hub()
        hub.fault("reject_hello", code="rate-limited", count=1)
        self.world.start_agent(hub.url, self.fake.path)
        hub.wait_for_agent(AGENT)
        self.assertEqual(hub.call("counters")["rejections"], 1)

    def test_http_refusals_are_retried_and_retry_after_is_honoured(self):
        hub = self.world.start_hub()
        hub.fault("upgrade_status", status=503, retry_after=4, count=1)
        started = time.monotonic()
        self.world.start_agent(hub.url, self.fake.path)
        hub.wait_for_agent(AGENT)
        self.assertGreater(time.monotonic() - started, 3.5)

    def test_a_404_does_not_end_the_process(self):
        hub = self.world.start_hub()
        hub.fault("upgrade_status", status=404, count=1)
        agent = self.world.start_agent(hub.url, self.fake.path)
        agent.process.wait_for_log("404")
        self.assertTrue(agent.process.is_running())

    def test_the_next_controller_of_the_list_is_tried(self):
        hub = self.world.start_hub()
        self.world.start_agent(f"ws://127.0.0.1:{free_port()},{hub.url}/", self.fake.path)
        hub.wait_for_agent(AGENT)

    def test_an_upgrade_or_a_welcome_that_never_comes_is_given_up(self):
        hub = self.world.start_hub()
        hub.fault("hang_upgrades", count=1)
        hub.fault("mute_welcome", count=1)
        self.world.start_agent(hub.url, self.fake.path, WELCOME_TIMEOUT="2")
        hub.wait_for_agent(AGENT, 60)
        self.assertGreaterEqual(hub.call("counters")["upgrades"], 3)


class EndTest(WorldCase):
    def setUp(self):
        super().setUp()
        self.hub = self.world.start_hub()
        self.fake = self.world.start_fake(containers=1)
        self.agent = self.world.start_agent(self.hub.url, self.fake.path)
        self.first = self.hub.wait_for_agent(AGENT)["connection"]
        self.hub.wait_for_container(AGENT, "box-0")

    def test_sigterm_ends_streams_then_says_goodbye(self):
        self.fake.on("/containers/", self.fake.hang_stream)
        request = self.hub.call("logs_live", agent=AGENT, container="f" * 12, tail=1, since=0, follow=True)
        wait_until("the stream", lambda: self.fake.open_streams >= 2)
        started = time.monotonic()
        self.assertEqual(self.agent.stop(signal.SIGTERM), 0)
        self.assertLess(time.monotonic() - started, 5 * PATIENCE)
        self.assertEqual(self.hub.control.event(request)["event"], "log_end")
        closes = wait_until("the close frame", lambda: self.hub.trace(type="(close frame)"))
        self.assertEqual(closes[-1]["text"], "1000 shutdown")
        wait_until("Docker's side to be closed", lambda: self.fake.open_streams == 0)

    def test_sighup_keeps_the_session(self):
        self.agent.process.send_signal(signal.SIGHUP)
        self.assertEqual(self.hub.http(AGENT, "GET", "/_ping")[2], b"OK")
        self.assertEqual(self.hub.agent(AGENT)["connection"], self.first)

    def test_comes_back_after_a_cut_and_after_a_close(self):
        for kind, extra in (("cut", {}), ("close", {"code": 1012, "reason": "restart"})):
            with self.subTest(kind):
                before = self.hub.agent(AGENT)["connection"]
                self.hub.fault(kind, agent=AGENT, **extra)
                self.hub.wait_for_agent(AGENT, newer_than=before)
                self.assertEqual(self.hub.http(AGENT, "GET", "/_ping")[2], b"OK")

    def test_a_revoked_key_ends_the_session_but_not_the_process(self):
        self.hub.fault("revoke", key=self.world.key.key_id)
        self.agent.process.wait_for_log("unknown-key")
        self.assertTrue(self.agent.process.is_running())

    def test_nothing_of_an_old_connection_reaches_the_new_one(self):
        self.fake.on("/containers/", self.fake.hang_stream)
        request = self.hub.call("logs_live", agent=AGENT, container="f" * 12, tail=1, since=0, follow=True)
        self.hub.send(AGENT, "request", {"requestId": "old", "method": "GET", "path": "/events", "headers": {}})
        wait_until("the streams", lambda: self.fake.open_streams >= 3)
        self.hub.fault("cut", agent=AGENT)
        second = self.hub.wait_for_agent(AGENT, newer_than=self.first)["connection"]
        self.assertEqual(self.hub.http(AGENT, "GET", "/_ping")[2], b"OK")
        texts = [e["text"] for e in self.hub.trace(agent=AGENT) if e["connection"] == second and e["direction"] == "in"]
        self.assertFalse([t for t in texts if request in t or '"old"' in t])
        wait_until("the old streams to be closed", lambda: self.fake.open_streams <= 1)


class CycleTest(WorldCase):
    CYCLES = int(os.environ.get("E2E_CYCLES", "1000"))

    def test_connecting_and_dropping_leaves_nothing_behind(self):
        hub = self.world.start_hub("--max-hellos", "1000000")
        fake = self.world.start_fake(containers=3)
        agent = self.world.start_agent(hub.url, fake.path, program=QUICK_AGENT, AGENT_ID="cycler", LOG_LEVEL="error")
        connection = hub.wait_for_agent(AGENT)["connection"]
        before = None
        for cycle in range(self.CYCLES):
            if cycle == 20:
                before = self.footprint(agent)
            hub.call("logs_live", agent=AGENT, container="f" * 12, tail=1, since=0, follow=True)
            hub.fault("cut", agent=AGENT)
            connection = wait_until("the next session", lambda: self.next_connection(hub, connection), 60)
        hub.wait_for_agent(AGENT)
        after = wait_until("the sockets to be gone", lambda: self.is_no_more(before, self.footprint(agent)), 30)
        self.assertTrue(after)

    @staticmethod
    def next_connection(hub, connection):
        entry = hub.agent(AGENT)
        return entry["connection"] if entry and entry["connection"] > connection else None

    @staticmethod
    def footprint(agent):
        process = agent.process
        return len(process.descriptors()), len(process.children()), process.threads()

    @staticmethod
    def is_no_more(before, after):
        # Two kept-alive connections to the engine may come and go.
        return after[0] <= before[0] + 2 and after[1] == before[1] == 0 and after[2] <= before[2] + 1


if __name__ == "__main__":
    unittest.main()
