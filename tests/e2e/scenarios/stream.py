# SPDX-License-Identifier: Apache-2.0
import hashlib
import threading
import time

from harness.fake_docker import big_log, log_frame
from harness.waiting import PATIENCE, wait_until

MEBIBYTE = 1024 * 1024


class StreamScenarios:
    """Answers that take their time, before the fake engine."""

    def test_a_stream_arrives_as_it_is_written(self):
        go_on = threading.Event()

        def act(handler, path):
            handler.begin_stream()
            handler.wfile.write(log_frame(b"first\n"))
            handler.wfile.flush()
            go_on.wait(60)
            handler.wfile.write(log_frame(b"last\n"))
        self.fake.on("/containers/slow/logs", act)
        response = self.to_fake.open("GET", "/containers/slow/logs?stdout=1&follow=1")
        self.addCleanup(response.connection.close)
        self.addCleanup(go_on.set)
        self.assertEqual(response.read(14), log_frame(b"first\n"))
        go_on.set()
        self.assertEqual(response.read(), log_frame(b"last\n"))

    def test_a_reader_that_sleeps_gets_every_byte_and_costs_no_memory(self):
        frame, count, digest = big_log(64)

        def act(handler, path):
            handler.begin_stream()
            for _ in range(count):
                handler.wfile.write(frame)
        self.fake.on("/containers/big/logs", act)
        process = self.to_fake.agent.process
        before = process.rss()
        response = self.to_fake.open("GET", "/containers/big/logs?stdout=1")
        self.addCleanup(response.connection.close)
        time.sleep(1)
        body = hashlib.sha256(response.read(MEBIBYTE))
        time.sleep(0.5)
        grown = process.rss() - before
        while chunk := response.read(MEBIBYTE):
            body.update(chunk)
        self.assertEqual(body.hexdigest(), digest)
        self.assertLess(grown, self.max_growth)

    def test_a_followed_log_that_is_cancelled_is_closed_at_the_engine(self):
        idle = self.fake.open_streams

        def act(handler, path):
            handler.begin_stream()
            handler.wfile.write(log_frame(b"tick\n"))
            handler.wfile.flush()
            self.fake.hold(handler)
        self.fake.on("/containers/ticking/logs", act)
        follower = self.to_fake.follow_log("ticking")
        self.assertEqual(follower.read(), "tick\n")
        wait_until("the stream", lambda: self.fake.open_streams == idle + 1)
        started = time.monotonic()
        follower.cancel()
        wait_until("the engine's side to be closed", lambda: self.fake.open_streams == idle)
        # The listener gives a client that has ended its direction 2 s, since it may still be reading.
        self.assertLess(time.monotonic() - started, 5 * PATIENCE)

    def test_a_stream_whose_reader_goes(self):
        if not self.ways.ends_abandoned_streams:
            self.skipTest("the tunnel's controller does not tell that its reader has gone")
        idle = self.fake.open_streams
        self.fake.on("/containers/quiet/attach", self.fake.hang_stream)
        response = self.to_fake.open("POST", "/containers/quiet/attach?stream=1&stdout=1")
        wait_until("the stream", lambda: self.fake.open_streams == idle + 1)
        response.connection.close()
        wait_until("the engine's side to be closed", lambda: self.fake.open_streams == idle)
