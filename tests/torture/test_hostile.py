#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A controller and an engine that mean harm, or have lost their mind: the agent answers, stays small, and goes on."""

import base64
import json
import os
import threading
import time
import unittest

from common import AGENT, FULL, MEBIBYTE, SANITIZED, assert_idle

from harness.raw_controller import RawController
from harness.waiting import PATIENCE, wait_until
from harness.world import WorldCase

FLOOD = 100_000 if FULL else 5_000


class ControllerCase(WorldCase):
    def setUp(self):
        super().setUp()
        self.fake = self.world.start_fake(containers=1)
        self.controller = RawController()
        self.addCleanup(self.controller.close)
        self.agent = self.world.start_agent(self.controller.url, self.fake.path)
        self.controller.accept()

    def send(self, kind, **data):
        self.controller.send(json.dumps({"type": kind, "data": data}).encode())

    def receive(self, *kinds):
        """The next frame of one of those kinds."""
        while True:
            frame = json.loads(self.controller.receive()[1])
            if frame["type"] in kinds:
                return frame["data"]

    def assert_alive(self):
        def ask():
            self.send("request", requestId="alive", method="GET", path="/_ping", headers={})
            while (answer := self.receive("response", "error")).get("requestId") != "alive":
                pass
            return "message" not in answer
        wait_until("an answer, and not that the agent is busy", ask)

    def in_background(self, function):
        thread = threading.Thread(target=function, daemon=True)
        thread.start()
        return thread


class ControllerTest(ControllerCase):
    def test_a_hundred_thousand_request_ids(self):
        self.fake.on("/hang", self.fake.hang)
        before = self.agent.process.rss()

        def flood():
            for n in range(FLOOD):
                self.send("request", requestId=f"r{n}", method="GET", path="/hang", headers={})
        thread = self.in_background(flood)
        refused = 0
        peak = before
        while refused < FLOOD - 100:
            self.assertEqual(self.receive("error")["message"], "agent busy: too many concurrent requests")
            refused += 1
            if refused % 1000 == 0:
                peak = max(peak, self.agent.process.rss())
        thread.join()
        print(f"{FLOOD} ids: {(peak - before) / MEBIBYTE:.1f} MiB", flush=True)
        if not SANITIZED:
            self.assertLess(peak - before, 12 * MEBIBYTE)
        # And the stream of events. The stand-in is slower than the agent to take its connections.
        wait_until("the admitted ones", lambda: self.fake.open_streams - 1 == 100)
        self.fake.released.set()
        self.assert_alive()

    def test_ends_and_inputs_for_what_does_not_exist(self):
        before = self.agent.process.rss()
        kinds = ("exec_input", "exec_resize", "exec_end", "dd:container_log_cancel", "stream_cancel", "pong", "nonsense")

        def flood():
            for n in range(FLOOD // 2):
                self.send(kinds[n % len(kinds)], execId=f"e{n}", requestId=f"r{n}", data="eHh4", cols=1, rows=1)
            self.send("request", requestId="alive", method="GET", path="/_ping", headers={})
        thread = self.in_background(flood)
        while self.receive("response", "error", "exec_end").get("requestId") != "alive":
            pass
        thread.join()
        if not SANITIZED:
            self.assertLess(self.agent.process.rss() - before, 8 * MEBIBYTE)

    def test_frames_as_large_as_allowed(self):
        """Sixteen MiB of every kind of nonsense, one after the other."""
        pad = "x" * (16 * MEBIBYTE - 200)
        frames = [
            json.dumps({"type": "request", "data": {"requestId": "a", "method": "GET", "path": "/" + pad, "headers": {}}}),
            json.dumps({"type": "request", "data": {"requestId": pad, "method": "GET", "path": "/", "headers": {}}}),
            json.dumps({"type": pad, "data": {}}),
            json.dumps({"type": "exec_input", "data": {"execId": "none", "data": pad}}),
            '{"type":"request","data":' + "[" * (8 * MEBIBYTE) + "]" * (7 * MEBIBYTE),
            '{"type":"request","data":{' + ",".join(f'"k{n}":{n}' for n in range(900_000)) + "}}",
        ]
        peaks = []
        for _ in range(3):
            for frame in frames:
                self.controller.send(frame.encode())
                self.assert_alive()
            peaks.append(self.agent.process.peak_rss())
        print("giant frames: peak", *(f"{peak / MEBIBYTE:.1f}" for peak in peaks), "MiB", flush=True)
        if not SANITIZED:
            self.assertLess(peaks[0], 160 * MEBIBYTE)
            self.assertLess(peaks[-1] - peaks[0], 8 * MEBIBYTE)

    def test_exec_input_that_never_ends(self):
        """For a process that reads nothing: held up to a limit, then that exec ends, and nothing else."""
        def start(handler, _path):
            handler.send_response(101)
            handler.send_header("Connection", "Upgrade")
            handler.send_header("Upgrade", "tcp")
            handler.end_headers()
            handler.wfile.flush()
            stopped.wait()
            handler.close_connection = True
        stopped = threading.Event()
        self.addCleanup(stopped.set)
        self.fake.on("/exec/", lambda handler, _path: handler.reply(200, {"ExitCode": 0, "Running": True}))
        self.fake.on("/exec/x/start", start)
        self.fake.on("/containers/box/exec", lambda handler, _path: handler.reply(201, {"Id": "x"}))
        self.send("exec_start", execId="e", containerId="box", cmd=["cat"], tty=True)
        self.receive("exec_ready")
        before = self.agent.process.rss()
        block = base64.b64encode(b"x" * 700_000).decode()

        def flood():
            for _ in range(60):
                self.send("exec_input", execId="e", data=block)
        thread = self.in_background(flood)
        self.assertRegex(self.receive("exec_end")["reason"], "input")
        thread.join()
        self.assert_alive()
        if not SANITIZED:
            self.assertLess(self.agent.process.rss() - before, 48 * MEBIBYTE)

    def test_line_breaks_in_every_field(self):
        """What the controller says reaches log, record and engine; none of it begins a line of its own."""
        for breaker in ("\r\n", "\n", "\r", "\0", "\u2028", "\x1b[2J"):
            evil = f"a{breaker}X-Forged: yes"
            for data in ({"path": f"/x/{evil}"}, {"path": f"/x?{evil}"}, {"method": f"GET{evil}"}, {"headers": {"X-A": evil}},
                         {"headers": {f"X-{evil}": "b"}}, {"requestId": evil}):
                self.send("request", **{"requestId": "q", "method": "GET", "path": "/x", "headers": {}, **data})
            self.send("exec_start", execId="e" + evil, containerId=evil, cmd=[evil], user=evil, tty=False)
            self.send("dd:container_log_request", requestId="l", containerId=evil, tail=1)
            self.send("dd:container_delete_request", requestId="d", containerId=evil)
            self.send("error", message=evil, code=evil, requestId="")
        self.assert_alive()
        for line in self.agent.log().split("\n"):
            self.assertFalse(line.startswith("X-Forged"), line)
            self.assertTrue(line.isprintable(), repr(line))
        for _, target in self.fake.calls:
            self.assertTrue(target.isprintable() and " " not in target, target)


class EngineTest(WorldCase):
    """Answers that no engine gives. Each is an error with words, at the controller and at the health of the agent."""

    def setUp(self):
        super().setUp()
        self.hub = self.world.start_hub()
        self.fake = self.world.start_fake(containers=1)
        self.agent = self.world.start_agent(self.hub.url, self.fake.path, REQUEST_TIMEOUT="3", TRANSFER_IDLE_TIMEOUT="3")
        self.connection = self.hub.wait_for_agent(AGENT)["connection"]
        self.before = self.agent.process.rss()

    def answer_with(self, *pieces):
        """Every /evil is from now on answered with these bytes; a callable piece is called with the handler."""
        def act(handler, _path):
            handler.close_connection = True
            try:
                for piece in pieces:
                    if callable(piece):
                        piece(handler)
                    else:
                        handler.wfile.write(piece)
                        handler.wfile.flush()
            except OSError:
                pass  # the agent has had enough
        self.fake.on("/evil", act)

    def ask(self, target="/evil"):
        status, _, body = self.hub.http(AGENT, "GET", target)
        return status, body

    def assert_refused(self, words, target="/evil"):
        status, body = self.ask(target)
        self.assertEqual(status, 502, body)
        self.assertRegex(json.loads(body)["message"], words)

    def tearDown(self):
        self.assertEqual(self.ask("/_ping"), (200, b"OK"))
        self.assertEqual(self.hub.agent(AGENT)["connection"], self.connection)
        if not SANITIZED:
            self.assertLess(self.agent.process.rss() - self.before, 24 * MEBIBYTE)
        assert_idle(self, self.agent.process)

    @staticmethod
    def endless(piece):
        def write(handler):
            for _ in range(200_000):
                handler.wfile.write(piece)
        return write

    def test_heads_without_end(self):
        for pieces in ((b"HTTP/1.1 200 OK\r\n", self.endless(b"X-A: " + b"b" * 1000 + b"\r\n")),
                       (b"HTTP/1.1 200 OK\r\nX-A: ", self.endless(b"b" * 1000)),
                       (self.endless(b"HTTP/1.1 100 Continue\r\n\r\n"),)):
            with self.subTest(pieces[0][:20] if isinstance(pieces[0], bytes) else "1xx"):
                self.answer_with(*pieces)
                self.assert_refused("head|header|interim|answer|large|long|many")

    def test_lengths_that_are_not_true(self):
        json_head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        for name, pieces in {
                "short": (json_head + b"Content-Length: 100\r\n\r\n{}",),
                "negative": (json_head + b"Content-Length: -1\r\n\r\n{}",),
                "huge": (json_head + b"Content-Length: 99999999999999999999999\r\n\r\n{}",),
                "two": (json_head + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",),
                "chunk": (json_head + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}",),
                "no last chunk": (json_head + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",),
                "rubbish": (b"\0\xff" * 100,),
                "other protocol": (b"SSH-2.0-OpenSSH_9.2\r\n",)}.items():
            with self.subTest(name):
                self.answer_with(*pieces)
                self.assert_refused(".")

    def test_an_upgrade_that_nobody_asked_for(self):
        self.answer_with(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nraw bytes")
        self.assert_refused("101|upgrade|switch")

    def test_a_body_without_end(self):
        self.answer_with(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[", self.endless(b"0," * 500))
        self.assert_refused("16|large|MiB|limit")

    def test_an_answer_drop_by_drop(self):
        def drip(handler):
            for _ in range(200):
                handler.wfile.write(b"0")
                handler.wfile.flush()
                time.sleep(0.1)
        self.answer_with(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n", drip)
        started = time.monotonic()
        self.assert_refused("3 s")
        self.assertLess(time.monotonic() - started, 10 * PATIENCE)

    def test_events_and_lists_of_nonsense(self):
        """The inventory is asked for all the time; what it cannot read it says once, and keeps what it knew."""
        self.assertIn("box-0", self.hub.containers(AGENT))

        def events(handler, _path):
            handler.begin_stream("application/json")
            for n in range(2000):
                container = os.urandom(16).hex()
                actor = {"ID": container} if n % 100 == 0 else container
                handler.wfile.write(json.dumps({"Type": "container", "Action": "start", "Actor": actor}).encode() + b"\n")
            handler.wfile.write(b"[" * 100_000 + b"\n" + b'{"Type":5}\n' + b"\xff\xfe\n")
            handler.wfile.flush()
            self.fake.hold(handler)
        self.fake.on("/containers/", lambda handler, _path: handler.reply(200, b"[" * 1000))
        self.fake.on("/events", events)
        self.fake.released.set()  # ends the stream of before
        wait_until("the containers of the events to be asked for again and again",
                   lambda: sum("/containers/" in path for _, path in self.fake.calls) > 50)
        self.assertEqual(self.ask("/_ping"), (200, b"OK"))
        self.assertIn("box-0", self.hub.containers(AGENT))
        self.assertLess(self.agent.log().count("\n"), 300)


if __name__ == "__main__":
    unittest.main()
