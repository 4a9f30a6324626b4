#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Conformance: single frames and their answers, as the controller of today relies on them."""

import base64
import json
import time
import unittest

from harness.fake_docker import STREAM_TYPE, log_frame, make_container
from harness.waiting import wait_until
from harness.world import WorldCase

AGENT = "edge1"
MEBIBYTE = 1024 * 1024


class ProtocolCase(WorldCase):
    hub_options = []

    def setUp(self):
        super().setUp()
        self.hub = self.world.start_hub(*self.hub_options)
        self.fake = self.world.start_fake(containers=1)
        self.prepare()
        self.agent = self.world.start_agent(self.hub.url, self.fake.path)
        self.connection = self.hub.wait_for_agent(AGENT)["connection"]
        self.hub.wait_for_container(AGENT, "box-0")

    def prepare(self):
        """For routes that must be there before the agent is."""

    def request(self, request_id, path, method="GET", **extra):
        self.hub.send(AGENT, "request", {"requestId": request_id, "method": method, "path": path, "headers": {}, **extra})

    def wait_frame(self, kind, since=0, where=lambda data: True):
        def find():
            return [f["data"] for f in self.hub.frames(AGENT, kind, since) if where(f["data"])]
        return wait_until(f"a {kind} frame", find)[0]

    def wait_outcome(self, request_id, since=0):
        """The response or error for a request that was sent as a bare frame."""
        def find():
            return [f for kind in ("response", "error") for f in self.hub.frames(AGENT, kind, since)
                    if f["data"].get("requestId") == request_id]
        return wait_until(f"an answer to {request_id}", find)[0]

    def assert_alive(self):
        """The session is the same and answers."""
        mark = time.time_ns() % 1_000_000_007
        self.hub.send(AGENT, "ping", {"timestamp": mark})
        self.wait_frame("pong", where=lambda d: d["timestamp"] == mark)
        self.assertEqual(self.hub.agent(AGENT)["connection"], self.connection)


class OrderTest(ProtocolCase):
    hub_options = ["--ping-interval", "200"]

    def prepare(self):
        listing = dict(self.fake.routes)["/containers/json"]

        def slow(handler, path):
            time.sleep(3)
            listing(handler, path)
        self.fake.on("/containers/json", slow)

    def test_frames_after_welcome_come_in_order_and_pings_are_answered_meanwhile(self):
        wait_until("metrics", lambda: self.hub.agent(AGENT)["metrics"])
        self.hub.wait_for_container(AGENT, "box-0")
        entries = [e for e in self.hub.trace(agent=AGENT) if e["direction"] == "in"]
        types = [e["type"] for e in entries]
        first = sorted(("metrics", "dd:container_sync", "dd:component_sync"), key=types.index)
        self.assertEqual(first, ["dd:component_sync", "dd:container_sync", "metrics"])
        told = next(n for n, e in enumerate(entries) if e["type"].startswith("dd:container_") and "box-0" in e["text"])
        self.assertGreaterEqual(types[:told].count("pong"), 5)
        watcher = json.loads(next(e["text"] for e in entries if e["type"] == "dd:component_sync"))["data"]["watchers"][0]
        self.assertEqual((watcher["type"], watcher["name"]), ("docker", "docker"))
        self.assertEqual({k: watcher["configuration"][k] for k in ("transport", "execution", "events")},
                         {"transport": "docker-api", "execution": "controller", "events": "portwing"})


class MalformedTest(ProtocolCase):
    def test_nothing_malformed_ends_the_session(self):
        for text in ("", "{}", '{"type":""}', "not json at all", "{ not valid json", '"text"', "[]", "null",
                     '{"type":"exec_start","data":null}', '{"type":"exec_start","data":"not an object"}',
                     '{"type":"ping","data":{"timestamp":"not-a-number"}}', '{"type":"request"}',
                     '{"type":"no_such_type","data":{"x":[{}]}}', '{"type":"stream","data":{"requestId":"r","data":"AA=="}}',
                     '{"type":"hello","data":{}}', '{"type":"welcome","data":{"pollInterval":9300000000}}',
                     '{"type":"request","data":' + "[" * 100_000 + "]" * 100_000 + "}",
                     '{"type":"ping","data":{"timestamp":0.00000000001e-2147483639}}'):
            with self.subTest(text[:60]):
                self.hub.call("send", agent=AGENT, text=text)
        self.hub.call("send", agent=AGENT, binary=base64.b64encode(b"\x00\x01\x02\x03\xff").decode())
        self.assert_alive()

    def test_a_malformed_request_with_an_id_is_answered(self):
        for number, change in enumerate([{"path": 7}, {"method": ["GET"]}, {"method": "G E T"}, {"path": "no-slash"},
                                         {"path": "/a b"}, {"path": "/x\r\ny: z"}]):
            with self.subTest(change):
                request_id = f"bad-{number}"
                self.hub.send(AGENT, "request",
                              {"requestId": request_id, "method": "GET", "path": "/_ping", "headers": {}} | change)
                self.assertEqual(self.wait_outcome(request_id)["type"], "error")
        self.assert_alive()

    def test_fragments_binary_messages_and_other_spellings_are_understood(self):
        frame = {"type": "request", "data": {"requestId": "f1", "method": "GET", "path": "/_ping", "headers": {}}}
        self.hub.call("send", agent=AGENT, frame=frame, fragments=9)
        self.assertEqual(self.wait_outcome("f1")["data"]["body"], "OK")
        frame["data"]["requestId"] = "f2"
        self.hub.call("send", agent=AGENT, binary=base64.b64encode(json.dumps(frame).encode()).decode())
        self.assertEqual(self.wait_outcome("f2")["data"]["body"], "OK")
        self.hub.call("send", agent=AGENT, text='{"Type":"request","unknown":1,"DATA":{"RequestID":"f3","Method":"GET",'
                                               '"path":"/_ping","headers":null,"extra":{"a":[]}}}')
        self.assertEqual(self.wait_outcome("f3")["data"]["body"], "OK")

    def test_a_large_message_within_the_limit_is_taken(self):
        self.hub.call("send", agent=AGENT, text='{"type":"x","data":{"p":"' + "x" * (15 * MEBIBYTE) + '"}}')
        self.assert_alive()


class BodyTest(ProtocolCase):
    def serve(self, body, kind="application/json", status=200):
        self.fake.on("/body", lambda handler, path: handler.reply(status, body, kind))

    def fetch(self):
        return self.hub.http(AGENT, "GET", "/body", timeout=60)

    def test_text_is_byte_exact(self):
        for body in (b"OK", b'{"a":1}{"b":2}', b'{"a":1}\n{"b":2}\n', b"<html>\xc3\xa4\xe2\x80\xa8</html>", b"  ", b"\x00\x01\x1f\x7f",
                     b'{"big":9007199254740993,"x":1.10}', b'{"n":12345678901234567890}'):
            with self.subTest(body):
                self.serve(body, "text/plain")
                self.assertEqual(self.fetch()[::2], (200, body))

    def test_json_is_equal(self):
        for value in ({}, [], {"a": {"b": [None, True, 1.5, "\u00e4\"\\\n"]}}, [1, 2, 3], "text", 7, 9007199254740992):
            with self.subTest(value):
                self.serve(json.dumps(value).encode())
                status, _, body = self.fetch()
                self.assertEqual((status, json.loads(body)), (200, value))

    def test_an_empty_body_and_an_error_status_pass(self):
        self.serve(b"", status=304)
        self.assertEqual(self.fetch()[::2], (304, b""))
        self.serve(b'{"message":"conflict"}', status=409)
        self.assertEqual(self.fetch()[::2], (409, b'{"message":"conflict"}'))

    def test_binary_is_an_error_with_a_reason(self):
        self.serve(b"\x1f\x8b\x08\x00\xff\xfe", "application/x-tar")
        status, _, body = self.fetch()
        self.assertEqual(status, 502)
        self.assertNotIn(b"timeout", body)

    def test_sizes_up_to_the_frame_limit_pass_and_larger_ones_are_refused_in_words(self):
        for size in (1 * MEBIBYTE, 10 * MEBIBYTE, 15 * MEBIBYTE):
            self.serve(b"x" * size, "text/plain")
            status, _, body = self.fetch()
            self.assertEqual((status, len(body)), (200, size))
        for size in (16 * MEBIBYTE, 40 * MEBIBYTE):
            self.serve(b"x" * size, "text/plain")
            status, _, body = self.fetch()
            self.assertEqual(status, 502)
            self.assertNotIn(b"timeout", body)
        self.serve(b"\n" * (9 * MEBIBYTE), "text/plain")  # two bytes each in JSON
        self.assertEqual(self.fetch()[0], 502)
        self.assert_alive()

    def test_a_truncated_body_is_an_error(self):
        def act(handler, _path):
            handler.send_response(200)
            handler.send_header("Content-Length", "100")
            handler.end_headers()
            handler.wfile.write(b'{"half":')
            handler.close_connection = True
        self.fake.on("/body", act)
        status, _, body = self.fetch()
        self.assertEqual(status, 502)
        self.assertNotIn(b"timeout", body)

    def test_a_large_request_body_arrives(self):
        received = []

        def act(handler, _path):
            received.append(handler.path)
            handler.reply(200, b"taken", "text/plain")
        self.fake.on("/containers/create", act)
        body = {"pad": "x" * (9 * MEBIBYTE)}
        self.assertEqual(self.hub.http(AGENT, "POST", "/containers/create?name=a%2Fb&x", body)[2], b"taken")
        self.assertTrue(received[0].endswith("/containers/create?name=a%2Fb&x"))

    def test_versions_are_added_once(self):
        for path in ("/v1.30/info", "/info"):
            self.assertEqual(self.hub.http(AGENT, "GET", path)[0], 200)
        self.assertEqual([path for _, path in self.fake.calls if path.endswith("/info")][-2:], ["/v1.30/info", "/v1.43/info"])

    def test_the_streaming_rule_is_the_controllers(self):
        self.serve(b'{"plain":1}')
        self.assertEqual(self.hub.http(AGENT, "GET", "/body?x=/logs")[::2], (200, b'{"plain":1}'))
        self.fake.on("/exec/", lambda handler, path: handler.reply(200, b"streamed", "text/plain"))
        self.assertEqual(self.hub.http(AGENT, "POST", "/exec/a/start?x=1", {})[::2], (200, b"streamed"))

    def test_a_stream_that_breaks_says_so(self):
        def act(handler, _path):
            handler.send_response(200)
            handler.send_header("Content-Type", STREAM_TYPE)
            handler.send_header("Transfer-Encoding", "chunked")
            handler.end_headers()
            handler.wfile.write(b"5\r\nhello\r\n")
            handler.close_connection = True
        self.fake.on("/containers/cut/logs", act)
        since = self.hub.last_seq()
        self.hub.send(AGENT, "request", {"requestId": "cut", "method": "GET", "path": "/containers/cut/logs", "headers": {}})
        end = self.wait_frame("stream_end", since, lambda d: d["requestId"] == "cut")
        self.assertNotEqual(end["reason"], "complete")


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


class ExecTest(ProtocolCase):
    """Bring-up that hangs: what happens before an exec is ready."""

    def test_a_second_exec_with_a_live_id_is_refused_and_the_first_lives_on(self):
        self.fake.on("/containers/c1/exec", self.fake.hang)
        for _ in range(2):
            self.hub.send(AGENT, "exec_start", {"execId": "same", "containerId": "c1", "cmd": ["sh"], "cols": 80, "rows": 24})
        self.wait_frame("exec_end", where=lambda d: d["execId"] == "same")
        def calls():
            return len([path for _, path in self.fake.calls if path.endswith("/exec")])
        wait_until("a call to the engine", calls)
        self.assertEqual(calls(), 1)
        self.assert_alive()

    def test_the_hundred_and_first_session_is_refused(self):
        self.fake.on("/containers/c1/exec", self.fake.hang)
        for n in range(101):
            self.hub.send(AGENT, "exec_start", {"execId": f"e{n}", "containerId": "c1", "cmd": ["sh"], "cols": 0, "rows": 0})
        end = self.wait_frame("exec_end")
        self.assertEqual(end, {"execId": "e100", "reason": "session limit reached"})

    def test_bad_starts_end_with_a_reason(self):
        for number, change in enumerate([{"containerId": "../evil"}, {"cmd": "sh"}, {"cmd": [1]}]):
            exec_id = f"bad-{number}"
            self.hub.send(AGENT, "exec_start",
                          {"execId": exec_id, "containerId": "c1", "cmd": ["sh"], "cols": 80, "rows": 24} | change)
            end = self.wait_frame("exec_end", where=lambda d: d["execId"] == exec_id)
            self.assertTrue(end["reason"])
        self.hub.send(AGENT, "exec_input", {"execId": "nobody", "data": "AA=="})
        self.hub.send(AGENT, "exec_resize", {"execId": "nobody", "cols": 1, "rows": 1})
        self.hub.send(AGENT, "exec_end", {"execId": "nobody"})
        self.assert_alive()


class InventoryTest(ProtocolCase):
    def test_an_inspect_that_fails_is_no_removal(self):
        self.hub.wait_for_container(AGENT, "box-0")
        self.fake.on("/containers/" + "0" * 64, lambda handler, path: handler.reply(500, {"message": "on purpose"}))
        self.fake.on("/containers/json", lambda handler, path: handler.reply(200, [make_container(0) | {"State": "exited"}]))
        self.hub.fault("welcome", data={"pollInterval": 5})
        self.hub.fault("cut", agent=AGENT)
        self.hub.wait_for_agent(AGENT, newer_than=self.connection)
        inspects = len(self.inspects())
        wait_until("another look at the container", lambda: len(self.inspects()) > inspects)
        self.assert_alive()
        self.assertEqual(self.hub.frames(AGENT, "dd:container_removed"), [])
        self.assertEqual(list(self.hub.containers(AGENT)), ["box-0"])

    def inspects(self):
        return [path for _, path in self.fake.calls if path.endswith("0" * 64 + "/json")]

    def assert_alive(self):
        self.connection = self.hub.agent(AGENT)["connection"]
        super().assert_alive()


if __name__ == "__main__":
    unittest.main()
