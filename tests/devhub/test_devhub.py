#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The devhub itself: does it judge and behave as the controller does?"""

import base64
import json
import os
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))

from harness.devhub import DevHub
from harness.keys import Key
from harness.stub_agent import StubAgent
from harness.waiting import wait_until
from harness.websocket import Closed, UpgradeRefused, WebSocket

CONTAINER = {
    "id": "c1", "name": "web", "watcher": "docker",
    "image": {"id": "sha256:1", "registry": {"name": "unknown", "url": "docker.io"}, "name": "web",
              "tag": {"value": "1", "semver": False}, "digest": {"watch": False}, "architecture": "amd64",
              "os": "linux"},
    "details": {"ports": [], "volumes": [], "env": [{"key": "A", "value": ""}]}}


class HubCase(unittest.TestCase):
    options = []

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="hub")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.key = Key(self.folder / "agent.key")
        self.other_key = Key(self.folder / "other.key")
        self.hub = DevHub(self.folder / "hub", [self.key, self.other_key], *self.options).start()
        self.addCleanup(self.hub.stop)

    def stub(self, key=None, **options):
        stub = StubAgent(self.hub.url, key or self.key, **options)
        self.addCleanup(stub.close)
        return stub

    def assert_closed(self, stub, code, reason):
        with self.assertRaises(Closed) as caught:
            while True:
                stub.receive()
        self.assertEqual((caught.exception.code, caught.exception.reason), (code, reason))

    def assert_rejected(self, stub, code):
        frame = stub.receive()
        self.assertEqual((frame["type"], frame["data"]["code"]), ("error", code))
        self.assert_closed(stub, 1008, code)


class HelloTest(HubCase):
    def test_accepts_a_correct_hello_on_every_path(self):
        for number, path in enumerate(["/api/portwing/ws", "/api/v1/portwing/ws", "/api/lookout/ws"]):
            welcome = self.stub(path=path, name=f"edge {number}").connect()
            self.assertEqual(welcome["pollInterval"], 300)
            self.assertEqual(welcome["config"]["serverCompatLevel"], "1.4.0")
        self.assertEqual([entry["name"] for entry in self.hub.call("agents")], ["edge-0", "edge-1", "edge-2"])

    def test_gives_each_fault_its_code(self):
        cases = {
            "parse-error": {"agentId": "has blank"},
            "invalid-agent-name": {"agentName": "x" * 257},
            "protocol-mismatch": {"protocol": "portwing/2.0"},
            "no-auth": {"nonce": None, "signature": "x"},
            "ed25519-required": {"signature": None, "tokenHash": "00"},
            "bad-signature": {"signature": "x" * 201},
            "unknown-key": {"pubKeyId": "0" * 16},
            "timestamp-skew": {"timestamp": int(time.time()) - 90},
            "bad-nonce": {"nonce": "A" * 32},
        }
        for code, changes in cases.items():
            with self.subTest(code):
                stub = self.stub()
                data = stub.hello(**changes)
                if changes.get("signature", "") is None:
                    data.pop("signature", None)
                stub.send("hello", data)
                self.assert_rejected(stub, code)

    def test_checks_in_the_order_of_the_controller(self):
        # Each hello has two faults; the one that is checked first decides.
        cases = [("parse-error", {"agentId": "", "agentName": 7}), ("invalid-agent-name", {"agentName": 7, "protocol": ""}),
                 ("protocol-mismatch", {"protocol": "", "signature": 1}), ("bad-signature", {"signature": "x" * 201, "pubKeyId": "?"}),
                 ("unknown-key", {"pubKeyId": "?", "timestamp": 1}), ("timestamp-skew", {"timestamp": 1, "nonce": "?"}),
                 ("bad-nonce", {"nonce": "?", "signature": "AAAA"})]
        for code, changes in cases:
            with self.subTest(code):
                stub = self.stub()
                stub.send("hello", stub.hello(**changes))
                self.assert_rejected(stub, code)

    def test_refuses_what_is_no_hello(self):
        for text, code in [("{ not json", "parse-error"), ('{"type":"hello"}', "parse-error"),
                           ('{"type":"ping","data":{}}', "expected-hello")]:
            stub = self.stub()
            stub.socket.send(text)
            self.assert_rejected(stub, code)

    def test_refuses_a_string_timestamp_and_a_foreign_signature(self):
        stub = self.stub()
        stub.send("hello", stub.hello() | {"timestamp": str(int(time.time()))})
        self.assert_rejected(stub, "no-auth")
        stub = self.stub()
        stub.send("hello", stub.hello() | {"nonce": os.urandom(16).hex()})
        self.assert_rejected(stub, "bad-signature")

    def test_refuses_a_replay(self):
        hello = self.stub().hello()
        first = self.stub()
        first.send("hello", hello)
        self.assertEqual(first.receive()["type"], "welcome")
        second = self.stub()
        second.send("hello", hello)
        self.assert_rejected(second, "replay")

    def test_binds_a_name_to_its_first_key_and_to_one_session(self):
        self.stub(name="Web Server").connect()
        again = self.stub(name="web  server")
        again.send("hello", again.hello())
        self.assert_rejected(again, "agent-already-connected")
        other = self.stub(key=self.other_key, name="web-server")
        other.send("hello", other.hello())
        self.assert_rejected(other, "agent-name-claimed")

    def test_refuses_foreign_origins_and_never_answers_foreign_paths(self):
        with self.assertRaises(UpgradeRefused) as caught:
            WebSocket(self.hub.url, headers={"Origin": "http://elsewhere"})
        self.assertEqual(caught.exception.status, 403)
        with self.assertRaises(TimeoutError):
            WebSocket(self.hub.url, path="/nobody", timeout=0.3)

    def test_revoking_a_key_ends_its_session(self):
        stub = self.stub()
        stub.connect()
        self.hub.fault("revoke", key=self.key.key_id)
        self.assertEqual(stub.receive("error")["data"]["code"], "unknown-key")
        self.assert_closed(stub, 1008, "unknown-key")


class TimerTest(HubCase):
    options = ["--hello-timeout", "300", "--ping-interval", "150", "--dead-after", "400", "--max-message", "100000"]

    def test_closes_without_an_error_frame_when_no_hello_comes(self):
        self.assert_closed(self.stub(), 1008, "hello timeout")

    def test_closes_a_session_that_answers_no_ping(self):
        stub = self.stub()
        stub.connect()
        self.assert_closed(stub, 1001, "ping timeout")

    def test_keeps_a_session_that_answers(self):
        stub = self.stub()
        stub.connect()
        for _ in range(6):
            stub.send("pong", {"timestamp": stub.receive("ping")["data"]["timestamp"]})
        stub.send("ping", {"timestamp": 77})
        self.assertEqual(stub.receive("pong")["data"]["timestamp"], 77)

    def test_closes_1009_on_a_message_over_the_limit(self):
        stub = self.stub()
        stub.connect()
        stub.socket.send(json.dumps({"type": "x", "data": {"pad": "x" * 100000}}))
        self.assert_closed(stub, 1009, "")


class StoreTest(HubCase):
    def test_keeps_syncs_updates_and_prunes(self):
        stub = self.stub()
        stub.connect()
        stub.sync([CONTAINER, CONTAINER | {"id": "c2", "name": "db"}])
        self.hub.wait_for_container("stub", "db")
        stub.send("dd:container_updated", {"container": CONTAINER | {"status": "paused"}})
        self.hub.wait_for_container("stub", "web", lambda c: c["status"] == "paused" if "status" in c else None)
        stub.send("dd:container_removed", {"id": "c2", "name": "db"})
        self.hub.wait_for_container("stub", "db", lambda c: c is None)
        stub.send("dd:container_sync", {"containers": []})
        self.assertEqual(list(self.hub.containers("stub")), ["web"])
        stub.send("dd:container_sync", {"containers": [CONTAINER | {"id": "c3", "name": "new"}]})
        self.hub.wait_for_container("stub", "web", lambda c: c is None)

    def test_refuses_containers_that_the_controller_would_refuse(self):
        stub = self.stub()
        stub.connect()
        stub.sync([CONTAINER | {"watcher": ""}, CONTAINER | {"id": "c2", "displayIcon": ""}])
        wait_until("the store to see both", lambda: self.hub.call("containers", agent="stub")["rejected"] == 2)
        self.assertEqual(self.hub.containers("stub"), {})


class TunnelTest(HubCase):
    options = ["--request-timeout", "1500", "--stream-idle", "1500", "--max-pending", "3"]

    def setUp(self):
        super().setUp()
        self.agent = self.stub()
        self.agent.connect()

    def ask(self, method, target, body=None, headers=None):
        """Sends an HTTP request in the background; returns a function that gives its outcome."""
        outcome = []
        worker = threading.Thread(
            target=lambda: outcome.append(self.hub.http("stub", method, target, body, headers)), daemon=True)
        worker.start()

        def result():
            worker.join(30)
            return outcome[0]
        return result

    def answer(self, request, body, **extra):
        self.agent.send("response", {"requestId": request["requestId"], "statusCode": 200, "headers": {}, "body": body,
                                     **extra})

    def test_carries_a_request_and_maps_the_body_as_the_controller_does(self):
        for body, expected in [({"a": [1, 9007199254740993]}, b'{"a":[1,9007199254740992]}'), ("raw \u00e4\n", "raw \u00e4\n".encode()),
                               (None, b""), ([], b"[]"), (True, b"true")]:
            with self.subTest(body):
                result = self.ask("POST", "/x?y=%2F", {"k": 1}, {"X-Registry-Auth": "secret", "Authorization": "no"})
                request = self.agent.receive("request")["data"]
                self.assertEqual((request["method"], request["path"], request["body"]), ("POST", "/x?y=%2F", {"k": 1}))
                self.assertEqual(request["headers"]["x-registry-auth"], "secret")
                self.assertNotIn("authorization", request["headers"])
                self.answer(request, body)
                status, _, received = result()
                self.assertEqual(status, 200)
                self.assertEqual(json.loads(received) if isinstance(body, dict) else received,
                                 json.loads(expected) if isinstance(body, dict) else expected)

    def test_streams_and_wants_the_form_of_its_own_rule(self):
        result = self.ask("GET", "/containers/a/logs?follow=1")
        request = self.agent.receive("request")["data"]
        self.answer(request, "ignored")
        self.agent.send("response", {"requestId": request["requestId"], "statusCode": 201, "headers": {}, "isStream": True})
        for piece in (b"one", b"", b"two"):
            self.agent.send("stream", {"requestId": request["requestId"], "data": base64.b64encode(piece).decode()})
        self.agent.send("stream_end", {"requestId": request["requestId"], "reason": "complete"})
        status, _, body = result()
        self.assertEqual((status, body), (201, b"onetwo"))
        result = self.ask("GET", "/containers/json?x=/logs")
        self.answer(self.agent.receive("request")["data"], None, isStream=True)
        self.assertEqual(result()[2], b"")

    def test_fails_with_502(self):
        result = self.ask("GET", "/info")
        request = self.agent.receive("request")["data"]
        self.agent.send("error", {"requestId": request["requestId"], "message": "no engine here"})
        status, _, body = result()
        self.assertEqual(status, 502)
        self.assertIn(b"no engine here", body)
        result = self.ask("GET", "/info")
        self.answer(self.agent.receive("request")["data"], {}, statusCode="200")
        self.assertEqual(result()[0], 502)
        self.assertEqual(self.ask("POST", "/build", b"\x1f\x8b tar")()[0], 502)
        status, _, body = self.ask("GET", "/never/answered")()
        self.assertEqual((status, b"timeout" in body), (502, True))

    def test_holds_to_its_limit_of_pending_requests(self):
        held = [self.ask("GET", f"/slow/{n}") for n in range(3)]
        requests = [self.agent.receive("request")["data"] for _ in held]
        self.assertEqual(self.ask("GET", "/one/too/many")()[0], 502)
        self.assertEqual(self.agent.receive("error")["data"]["code"], "stream-limit")
        for request in requests:
            self.answer(request, "ok")
        self.assertEqual([result()[2] for result in held], [b"ok"] * 3)

    def test_a_slow_reader_stops_the_reading_from_the_agent(self):
        from harness import unix_http
        self.hub.fault("no_ping", on=True)
        responses = []
        worker = threading.Thread(target=lambda: responses.append(
            unix_http.open_response(self.hub.socket("stub"), "GET", "/containers/a/logs")), daemon=True)
        worker.start()
        request = self.agent.receive("request")["data"]
        self.agent.send("response", {"requestId": request["requestId"], "statusCode": 200, "headers": {}, "isStream": True})
        block = base64.b64encode(b"x" * 48000).decode()
        self.agent.socket.socket.settimeout(1.0)
        sent = 0
        with self.assertRaises(TimeoutError):
            while sent < 64 * 1024 * 1024:
                self.agent.send("stream", {"requestId": request["requestId"], "data": block})
                sent += 48000
        self.assertLess(sent, 32 * 1024 * 1024)
        self.assertLess(self.hub.process.rss(), 64 * 1024 * 1024)


class ControlTest(HubCase):
    def test_exec_logs_and_delete_speak_the_protocol(self):
        stub = self.stub()
        stub.connect()
        execution = self.hub.exec_start("stub", "c1", ["sh"], cols=100, rows=30)
        start = stub.receive("exec_start")["data"]
        self.assertEqual((start["execId"], start["cmd"], start["cols"], start["tty"]), (execution, ["sh"], 100, True))
        self.hub.exec_input("stub", execution, b"ls\n")
        self.assertEqual(base64.b64decode(stub.receive("exec_input")["data"]["data"]), b"ls\n")
        stub.send("exec_ready", {"execId": execution})
        stub.send("exec_output", {"execId": execution, "data": base64.b64encode(b"out").decode()})
        stub.send("exec_end", {"execId": execution, "reason": "exited"})
        self.assertEqual(self.hub.exec_output(execution), (b"out", "exited"))
        self.assertEqual(stub.receive("exec_end")["data"], {"execId": execution})

        request = self.hub.call("logs", agent="stub", container="c1", tail=5, since="0")
        self.assertEqual(stub.receive("dd:container_log_request")["data"],
                         {"requestId": request, "containerId": "c1", "tail": 5, "since": "0"})
        stub.send("dd:container_log_response", {"containerId": "c1", "logs": "line\n"})  # the form without an id
        self.assertEqual(self.hub.control.event(request)["data"]["logs"], "line\n")

        request = self.hub.call("delete", agent="stub", container="c1")
        self.assertEqual(stub.receive("dd:container_delete_request")["data"]["containerId"], "c1")
        stub.close()
        self.assertEqual(self.hub.control.event(request)["reason"], "connection closed")

    def test_faults_reach_the_connection(self):
        self.hub.fault("upgrade_status", status=503, retry_after=7, count=1)
        with self.assertRaises(UpgradeRefused):
            self.stub()
        self.hub.fault("reject_hello", code="registry-full", count=1)
        stub = self.stub()
        stub.send("hello", stub.hello())
        self.assert_rejected(stub, "registry-full")
        self.hub.fault("clock", seconds=3600)
        stub = self.stub()
        stub.send("hello", stub.hello())
        self.assert_rejected(stub, "timestamp-skew")
        self.hub.fault("clock", seconds=0)
        stub = self.stub()
        stub.connect()
        self.hub.call("send", agent="stub", text="not json", fragments=3)
        self.assertEqual(stub.socket.receive(), "not json")
        self.hub.fault("close", agent="stub", code=4001, reason="bye")
        self.assert_closed(stub, 4001, "bye")
        wait_until("the hub to forget the session", lambda: self.hub.agent("stub") is None)
        stub = self.stub()
        stub.connect()
        self.hub.fault("cut", agent="stub")
        self.assert_closed(stub, 1006, "")


if __name__ == "__main__":
    unittest.main()
