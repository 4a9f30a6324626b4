#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Much data at once: nothing is lost, nothing grows, nobody starves."""

import hashlib
import os
import threading
import time
import unittest

from harness import unix_http
from harness.fake_docker import STREAM_TYPE, big_log, log_frame
from harness.waiting import PATIENCE, wait_until
from harness.world import WorldCase

AGENT = "edge1"
MEBIBYTE = 1024 * 1024
BIG_STREAM = int(os.environ.get("E2E_STREAM_MIB", "1024"))
# Sanitizers keep what has been freed for a while.
MAX_GROWTH = (512 if os.environ.get("E2E_SANITIZED") else 4) * MEBIBYTE


class MemoryWatch:
    """The highest resident size of a process while it is watched."""

    def __init__(self, process):
        self._process = process
        self.start = process.rss()
        self.peak = self.start
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self):
        while not self._ended.wait(0.05):
            self.peak = max(self.peak, self._process.rss())

    def growth(self):
        self._ended.set()
        self._thread.join()
        return self.peak - self.start


class FlowCase(WorldCase):
    hub_options = ["--max-stream", str(8 << 30), "--max-pending", "400"]

    def setUp(self):
        super().setUp()
        self.hub = self.world.start_hub(*self.hub_options)
        self.fake = self.world.start_fake(containers=1)
        self.agent = self.world.start_agent(self.hub.url, self.fake.path)
        self.connection = self.hub.wait_for_agent(AGENT)["connection"]
        self.hub.wait_for_container(AGENT, "box-0")

    def serve_big_log(self, mebibytes):
        """Every log of the fake is from now on that long; returns its SHA-256."""
        frame, count, digest = big_log(mebibytes)

        def act(handler, _path):
            handler.begin_stream()
            for _ in range(count):
                handler.wfile.write(frame)
        self.fake.on("/containers/big/logs", act)
        return digest

    def open_big_log(self):
        response = unix_http.open_response(self.hub.socket(AGENT), "GET", "/containers/big/logs?stdout=1", timeout=120 * PATIENCE)
        self.addCleanup(response.connection.close)
        self.assertEqual(response.status, 200)
        return response

    @staticmethod
    def digest_of(response, pauses=()):
        """SHA-256 of a body; sleeps at each (position, seconds)."""
        digest, size, pauses = hashlib.sha256(), 0, list(pauses)
        while chunk := response.read(256 * 1024):
            digest.update(chunk)
            size += len(chunk)
            if pauses and size >= pauses[0][0]:
                time.sleep(pauses.pop(0)[1])
        return digest.hexdigest()

    def assert_same_session(self):
        self.assertEqual(self.hub.agent(AGENT)["connection"], self.connection)

    def assert_answers_quickly(self, seconds=5.0):
        started = time.monotonic()
        self.assertEqual(self.hub.http(AGENT, "GET", "/_ping")[2], b"OK")
        self.assertLess(time.monotonic() - started, seconds * PATIENCE)


class BigStreamTest(FlowCase):
    def test_a_reader_that_sleeps_gets_every_byte_and_costs_no_memory(self):
        self.digest_of_small_stream_first()
        expected = self.serve_big_log(BIG_STREAM)
        response = self.open_big_log()
        watch = MemoryWatch(self.agent.process)
        pauses = [(1, 4.0), (BIG_STREAM * MEBIBYTE // 2, 4.0)]
        self.assertEqual(self.digest_of(response, pauses), expected)
        self.assertLess(watch.growth(), MAX_GROWTH)
        self.assert_same_session()

    def digest_of_small_stream_first(self):
        # The first stream pays for buffers that every later one uses.
        expected = self.serve_big_log(32)
        self.assertEqual(self.digest_of(self.open_big_log(), [(1, 1.0)]), expected)

    def test_a_controller_that_does_not_read_slows_the_stream_and_nothing_else(self):
        expected = self.serve_big_log(48)
        response = self.open_big_log()
        self.hub.fault("stop_reading", agent=AGENT, on=True)
        result = []
        reader = threading.Thread(target=lambda: result.append(self.digest_of(response)), daemon=True)
        reader.start()
        before = self.agent.process.rss()
        time.sleep(3)
        self.assertLess(self.agent.process.rss() - before, MAX_GROWTH)
        self.hub.fault("stop_reading", agent=AGENT, on=False)
        reader.join(120 * PATIENCE)
        self.assertEqual(result, [expected])
        self.assert_same_session()

    def test_small_answers_overtake_a_stream_on_a_slow_line(self):
        self.serve_big_log(1024)
        response = self.open_big_log()
        reader = threading.Thread(target=lambda: self.read_until_closed(response), daemon=True)
        reader.start()
        self.hub.fault("read_rate", agent=AGENT, bytes_per_second=4_000_000)
        for _ in range(3):
            self.assert_answers_quickly()
        self.assert_same_session()

    @staticmethod
    def read_until_closed(response):
        try:
            while response.read(65536):
                pass
        except (OSError, ValueError, AttributeError):
            pass


class ManyStreamsTest(FlowCase):
    STREAMS = 90

    def test_ninety_live_logs_beside_requests(self):
        release = threading.Event()

        def act(handler, path):
            name = path.split("/")[2]
            handler.begin_stream(STREAM_TYPE)
            for n in range(200):
                handler.wfile.write(log_frame(f"{name} {n} {'x' * 400}\n".encode()))
            handler.wfile.flush()
            release.wait(120)
            handler.wfile.write(log_frame(b"last\n"))
        self.fake.on("/containers/log-", act)
        requests = [self.hub.call("logs_live", agent=AGENT, container=f"log-{n}", tail=100, since=0, follow=True)
                    for n in range(self.STREAMS)]
        for n, request in enumerate(requests):
            text = ""
            while text.count("\n") < 200:
                text += self.hub.control.event(request, 60)["data"]["logs"]
            self.assertEqual(text, "".join(f"log-{n} {i} {'x' * 400}\n" for i in range(200)))
        self.assert_answers_quickly()
        release.set()
        for request in requests:
            event = self.hub.control.event(request, 60)
            while event["event"] == "log_chunk":
                event = self.hub.control.event(request, 60)
            self.assertEqual((event["event"], event["data"]["reason"]), ("log_end", "eof"))
        self.assert_same_session()

    def test_ninety_http_streams_at_once(self):
        expected = self.serve_big_log(1)
        results = []
        readers = [threading.Thread(target=lambda: results.append(self.digest_of(self.open_big_log())), daemon=True)
                   for _ in range(self.STREAMS)]
        for reader in readers:
            reader.start()
        self.assert_answers_quickly(20)
        for reader in readers:
            reader.join(120 * PATIENCE)
        self.assertEqual(results, [expected] * self.STREAMS)
        self.assert_same_session()

    def test_the_hundred_and_first_request_is_refused(self):
        self.fake.on("/hang", self.fake.hang)
        for n in range(100):
            self.hub.send(AGENT, "request", {"requestId": f"r{n}", "method": "GET", "path": "/hang", "headers": {}})
        wait_until("all of them to be under way", lambda: self.fake.open_streams >= 100)
        self.hub.send(AGENT, "request", {"requestId": "too-many", "method": "GET", "path": "/hang", "headers": {}})
        errors = wait_until("the refusal", lambda: self.hub.frames(AGENT, "error"))
        self.assertEqual([e["data"]["requestId"] for e in errors], ["too-many"])
        self.fake.released.set()


class CancelTest(FlowCase):
    def test_cancel_closes_the_side_of_docker_at_once(self):
        self.fake.on("/containers/quiet/logs", self.fake.hang_stream)
        idle = 1  # the agent listens to the engine's events
        wait_until("the stream of events", lambda: self.fake.open_streams == idle)
        request = self.hub.call("logs_live", agent=AGENT, container="quiet", tail=1, since=0, follow=True)
        wait_until("the stream", lambda: self.fake.open_streams == idle + 1)
        started = time.monotonic()
        self.hub.call("logs_cancel", agent=AGENT, request=request)
        self.assertEqual(self.hub.control.event(request)["data"]["reason"], "canceled")
        wait_until("Docker's side to be closed", lambda: self.fake.open_streams == idle)
        self.assertLess(time.monotonic() - started, 1.0 * PATIENCE)


class QuietStreamTest(FlowCase):
    hub_options = ["--stream-idle", "26000"]

    def test_a_quiet_stream_outlives_the_idle_timer_of_the_controller(self):
        release = threading.Event()

        def act(handler, _path):
            handler.begin_stream()
            handler.wfile.write(log_frame(b"first\n"))
            handler.wfile.flush()
            release.wait(120)
            handler.wfile.write(log_frame(b"last\n"))
        self.fake.on("/containers/big/logs", act)
        response = self.open_big_log()
        since = self.hub.last_seq()
        wait_until("an empty stream frame", lambda: any(
            frame["data"]["data"] == "" for frame in self.hub.frames(AGENT, "stream", since)), 25)
        release.set()
        self.assertEqual(response.read(), log_frame(b"first\n") + log_frame(b"last\n"))


class InventoryTest(WorldCase):
    COUNT = 1000

    def start(self, padding):
        self.hub = self.world.start_hub()
        self.fake = self.world.start_fake(containers=self.COUNT, padding=padding)
        self.agent = self.world.start_agent(self.hub.url, self.fake.path)

    def wait_for_all(self):
        # A first sync may be empty: the session can be there before the engine has answered.
        wait_until("all containers", lambda: len(self.hub.containers(AGENT)) == self.COUNT, 120)
        self.assertEqual(self.hub.call("containers", agent=AGENT)["rejected"], 0)

    def test_a_thousand_containers(self):
        self.start(0)
        self.wait_for_all()

    def test_an_inventory_over_the_frame_limit_arrives_in_parts(self):
        self.start(20_000)
        self.wait_for_all()
        sizes = [entry["size"] for entry in self.hub.trace(type="dd:container_sync")]
        self.assertLess(max(sizes), 16 * MEBIBYTE)
        self.assertGreater(len(self.hub.trace(type="dd:container_added")), 0)


if __name__ == "__main__":
    unittest.main()
