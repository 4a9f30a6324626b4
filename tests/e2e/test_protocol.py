#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Conformance: single frames and their answers, as the controller of today relies on them."""

import base64
import json
import time
import unittest

from harness.fake_docker import STREAM_TYPE, make_container
from harness.protocol_case import AGENT, ProtocolCase
from harness.waiting import wait_until

MEBIBYTE = 1024 * 1024


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
