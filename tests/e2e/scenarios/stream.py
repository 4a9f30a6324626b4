# SPDX-License-Identifier: Apache-2.0
import hashlib
import threading
import time

from harness.fake_docker import big_log, log_frame
from harness.waiting import PATIENCE

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

    def serve_until_left(self, target, first=b""):
        """The target's stream says `first` and then nothing; returns an event that tells when its reader has gone."""
        left = threading.Event()

        def act(handler, path):
            handler.begin_stream()
            handler.wfile.write(first)
            handler.wfile.flush()
            self.fake.hold(handler)
            left.set()
        self.fake.on(target, act)
        return left

    def test_a_followed_log_that_is_cancelled_is_closed_at_the_engine(self):
        left = self.serve_until_left("/containers/ticking/logs", log_frame(b"tick\n"))
        follower = self.to_fake.follow_log("ticking")
        self.assertEqual(follower.read(), "tick\n")
        self.assertFalse(left.is_set())
        follower.cancel()
        # The listener gives a client that has ended its direction 2 s, since it may still be reading.
        self.assertTrue(left.wait(5 * PATIENCE))

    def test_a_stream_whose_reader_goes(self):
        if not self.ways.ends_abandoned_streams:
            self.skipTest("the tunnel's controller does not tell that its reader has gone")
        left = self.serve_until_left("/containers/quiet/attach")
        response = self.to_fake.open("POST", "/containers/quiet/attach?stream=1&stdout=1")
        self.assertFalse(left.is_set())
        response.connection.close()
        self.assertTrue(left.wait(5 * PATIENCE))
