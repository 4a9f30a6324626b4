#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The devhub's measurements: do they ask what they should, and count what comes?"""

import base64
import hashlib
import json
import unittest

from test_devhub import HubCase


class LoadCase(HubCase):
    def setUp(self):
        super().setUp()
        self.agent = self.stub()
        self.agent.connect()

    def load(self, kind, **arguments):
        return self.hub.call("load", agent="stub", kind=kind, **arguments)

    def send(self, kind, **data):
        """A frame as our agent writes it, without blanks; returns its size."""
        text = json.dumps({"type": kind, "data": data}, separators=(",", ":"))
        self.agent.socket.send(text)
        return len(text)

    def test_requests_keep_so_many_in_flight_and_count_failures(self):
        load = self.load("requests", target="/x?size=1", in_flight=2, total=3)
        first, second = (self.agent.receive("request")["data"] for _ in range(2))
        self.assertEqual((first["method"], first["path"]), ("GET", "/x?size=1"))
        size = self.send("response", requestId=second["requestId"], statusCode=200, headers={}, body={"a": 1})
        third = self.agent.receive("request")["data"]
        size += self.send("error", requestId=first["requestId"], message="no")
        size += self.send("response", requestId=third["requestId"], statusCode=200, headers={})
        report = self.hub.control.event(load)
        self.assertEqual((report["requests"], report["failed"], report["bytes"]), (3, 1, size))
        self.assertEqual(len({first["requestId"], second["requestId"], third["requestId"]}), 3)
        self.assertLessEqual(report["p50_us"], report["p99_us"])

    def send_stream(self, load, chunks, reason):
        data = self.agent.receive("request")["data"]
        self.assertTrue(data["requestId"].startswith(load + "-"))
        self.send("response", requestId=data["requestId"], statusCode=200, headers={}, isStream=True)
        for chunk in chunks:
            self.send("stream", requestId=data["requestId"], data=base64.b64encode(chunk).decode())
        self.send("stream_end", requestId=data["requestId"], reason=reason)
        return self.hub.control.event(load)

    def test_a_stream_is_counted_and_hashed(self):
        chunks = [b"", b"a", b"bc", b"def" * 1000]
        report = self.send_stream(self.load("stream", target="/containers/x/logs", hash=True), chunks, "complete")
        self.assertEqual((report["bytes"], report["frames"], report["reason"]), (3003, 4, "complete"))
        self.assertEqual(report["sha256"], hashlib.sha256(b"".join(chunks)).hexdigest())

    def test_a_broken_stream_is_told_apart(self):
        report = self.send_stream(self.load("stream", target="/containers/x/logs"), [b"ab"], "connection reset")
        self.assertEqual((report["bytes"], report["reason"], report["sha256"]), (2, "broken", ""))

    def test_a_slow_reader_takes_its_time(self):
        chunks = [b"x" * 3000] * 5
        load = self.load("stream", target="/containers/x/logs", bytes_per_second=50_000)
        report = self.send_stream(load, chunks, "complete")
        self.assertEqual(report["bytes"], 15_000)
        self.assertGreater(report["seconds"], 0.23)  # the end comes after four fifths at least

    def test_typists_wait_for_their_echo(self):
        load = self.load("echo", container="c", count=1, interval_ms=1, echoes=2)
        exec_id = self.agent.receive("exec_start")["data"]["execId"]
        self.send("exec_ready", execId=exec_id)
        for _ in range(2):
            typed = self.agent.receive("exec_input")["data"]
            self.assertEqual(typed["execId"], exec_id)
            self.send("exec_output", execId=exec_id, data=typed["data"])
        self.assertEqual(self.agent.receive("exec_end")["data"], {"execId": exec_id})
        self.send("exec_end", execId=exec_id, reason="closed")
        report = self.hub.control.event(load)
        self.assertEqual((report["requests"], report["failed"]), (2, 0))

    def test_a_session_that_ends_early_has_failed(self):
        load = self.load("echo", container="c", count=1, interval_ms=1, echoes=2)
        exec_id = self.agent.receive("exec_start")["data"]["execId"]
        self.send("exec_end", execId=exec_id, reason="session limit reached")
        self.assertEqual(self.hub.control.event(load)["failed"], 1)

    def test_followed_logs_are_counted_until_they_are_stopped(self):
        load = self.load("follow", container="c", count=2)
        asked = [self.agent.receive("dd:container_log_request")["data"] for _ in range(2)]
        self.assertTrue(all(a["follow"] and a["stream"] and a["containerId"] == "c" for a in asked))
        size = self.send("dd:container_log_chunk", requestId=asked[1]["requestId"], containerId="c", chunk="line")
        self.send("dd:container_log_error", requestId=asked[0]["requestId"], containerId="c", error="gone")
        self.send("ping", timestamp=1)
        self.agent.receive("pong")  # so the hub has read all of it
        self.hub.call("load_stop", agent="stub", request=load)
        report = self.hub.control.event(load)
        self.assertEqual((report["requests"], report["failed"], report["bytes"]), (1, 1, size))
        self.assertEqual(self.agent.receive("dd:container_log_cancel")["data"]["requestId"], asked[0]["requestId"])

    def test_the_end_of_the_session_ends_a_load(self):
        load = self.load("requests", target="/x", in_flight=1, total=1)
        self.agent.receive("request")
        self.agent.close()
        self.assertEqual(self.hub.control.event(load)["error"], "connection closed")


if __name__ == "__main__":
    unittest.main()
