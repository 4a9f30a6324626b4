#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Conformance of the frames for container logs, deletes, watches and triggers."""

import time
import unittest

from harness.fake_docker import STREAM_TYPE, log_frame
from harness.protocol_case import AGENT, ProtocolCase

MEBIBYTE = 1024 * 1024


class LogTest(ProtocolCase):
    def serve_log(self, *pieces, kind=STREAM_TYPE):
        def act(handler, _path):
            handler.begin_stream(kind)
            for piece in pieces:
                handler.wfile.write(piece)
                handler.wfile.flush()
                time.sleep(0.05)
        self.fake.on("/containers/c1/logs", act)

    def follow(self, **options):
        request = self.hub.call("logs_live", agent=AGENT, container="c1", tail=10, follow=True, **options)
        chunks = []
        while (event := self.hub.control.event(request))["event"] == "log_chunk":
            chunks.append(event["data"])
        return chunks, event

    def test_numbers_and_strings_are_taken_alike(self):
        self.serve_log(log_frame(b"line\n"))
        for since in (0, "0", 1700000000, "1700000000", "1700000000.5"):
            with self.subTest(since):
                chunks, end = self.follow(since=since)
                self.assertEqual(("".join(c["logs"] for c in chunks), end["event"]), ("line\n", "log_end"))
        last = [path for _, path in self.fake.calls if "/logs" in path][-1]
        self.assertIn("since=1700000000.5", last)
        self.assertIn("follow=1", last)

    def test_characters_cut_between_chunks_stay_whole(self):
        euro = "\u20ac".encode()
        self.serve_log(log_frame(b"a" + euro[:1]), log_frame(euro[1:2]), log_frame(b"E" + b"\xc3", 2),
                       log_frame(euro[2:] + b"\n"), log_frame(b"\xa4\n", 2))
        chunks, _ = self.follow(since=0)
        text = {"stdout": "", "stderr": ""}
        for chunk in chunks:
            text[chunk["stream"]] += chunk["logs"]
        self.assertEqual(text, {"stdout": "a\u20ac\n", "stderr": "E\u00e4\n"})

    def test_raw_output_of_a_terminal_that_looks_like_a_header(self):
        raw = b"\x01\x00\x00\x00\x00\x00\x00\x05hi\n"
        self.serve_log(raw, kind="application/vnd.docker.raw-stream")
        chunks, _ = self.follow(since=0)
        self.assertEqual("".join(c["logs"] for c in chunks).encode(), raw)

    def test_long_records_and_cut_ends(self):
        long = b"x" * 300_000 + b"\n"
        self.serve_log(log_frame(long), log_frame(b"next\n"), log_frame(b"lost")[:4])
        chunks, end = self.follow(since=0)
        self.assertEqual("".join(c["logs"] for c in chunks).encode(), long + b"next\n")
        self.assertIn(end["event"], ("log_end", "log_error"))

    def test_a_huge_one_shot_log_keeps_its_end(self):
        lines = b"".join(b"%09d %s\n" % (n, b"y" * 1000) for n in range(20_000))
        self.serve_log(self.many(lines))
        request = self.hub.call("logs", agent=AGENT, container="c1", tail=10000)
        logs = self.hub.control.event(request)["data"]["logs"]
        self.assertIn("000019999", logs[-1100:])
        self.assertLess(len(logs), 16 * MEBIBYTE)
        self.assert_alive()

    @staticmethod
    def many(data):
        return b"".join(log_frame(data[at:at + 60_000]) for at in range(0, len(data), 60_000))

    def test_errors_and_doubles(self):
        self.fake.on("/containers/gone/", lambda h, p: h.reply(404, {"message": "No such container: gone"}))
        request = self.hub.call("logs_live", agent=AGENT, container="gone", tail=1, since=0, follow=True)
        event = self.hub.control.event(request)
        self.assertEqual(event["event"], "log_error")
        self.assertIn("No such container: gone", event["data"]["error"])
        self.fake.on("/containers/", self.fake.hang_stream)
        self.hub.call("logs_live", agent=AGENT, container="c1", tail=1, since=0, follow=True, request="twice")
        self.hub.call("logs_live", agent=AGENT, container="c1", tail=1, since=0, follow=True, request="twice")
        event = self.hub.control.event("twice")
        self.assertEqual((event["event"], event["data"]["error"]), ("log_error", "duplicate requestId"))
        self.hub.send(AGENT, "dd:container_log_request", {"containerId": "c1", "stream": True})
        self.wait_frame("dd:container_log_error", where=lambda d: d["error"] == "requestId and containerId are required")

    def test_answers_omit_an_id_that_was_absent(self):
        self.serve_log(log_frame(b"line\n"))
        self.hub.send(AGENT, "dd:container_log_request", {"containerId": "c1", "tail": 5})
        answer = self.wait_frame("dd:container_log_response")
        self.assertEqual(answer, {"containerId": "c1", "logs": "line\n"})
        self.hub.send(AGENT, "dd:container_delete_request", {"containerId": "bad/id"})
        answer = self.wait_frame("dd:container_delete_response")
        self.assertNotIn("requestId", answer)
        self.assertIs(answer["success"], False)

    def test_stubs_of_watch_and_trigger(self):
        self.hub.send(AGENT, "dd:watch_request", {"watcherType": "docker", "watcherName": "docker"})
        self.assertEqual(self.wait_frame("dd:watch_response")["results"], [])
        self.hub.send(AGENT, "dd:trigger_request", {"triggerType": "docker", "triggerName": "update"})
        self.assertIs(self.wait_frame("dd:trigger_response")["success"], False)


if __name__ == "__main__":
    unittest.main()
