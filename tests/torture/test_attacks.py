#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Strangers at the listener: replays, guesses, tricks with paths and fields, and floods."""

import contextlib
import json
import resource
import signal
import socket
import ssl
import time
import unittest

from common import FULL, MEBIBYTE, SANITIZED, assert_idle, processor_seconds

from harness.certificates import Authority
from harness.inbound import TOKEN, InboundCase, read_head
from harness.waiting import PATIENCE, wait_until

SIGN_AGAIN = "signed too long ago to tell whether it was served before; sign it again"


class ReplayTest(InboundCase):
    def setUp(self):
        super().setUp()
        self.signer = self.make_key("signer.key")
        self.start(AUTHORIZED_KEYS=self.write_keys(self.signer))

    def replay(self, headers):
        return self.ask(headers=headers)

    def assert_replayed(self, headers):
        answer = self.replay(headers)
        self.assertEqual((answer.status, answer.headers["X-Portwing-Reason"]), (401, "replay"))

    def test_same_and_reordered(self):
        captured = [self.signer.sign_request("GET", "/echo") for _ in range(5)]
        for headers in captured:
            self.assertEqual(self.replay(headers).status, 200)
        for headers in reversed(captured):
            self.assert_replayed(headers)
        # In other fields, another case, or beside a good token of the same client, it stays what it is.
        shuffled = dict(sorted(captured[0].items(), reverse=True))
        self.assert_replayed({name.lower(): value for name, value in shuffled.items()})
        self.assert_replayed({**captured[1], "Authorization": f"Bearer {TOKEN}"})
        # Nor does the other family's prefix make another request of it.
        renamed = {name.replace("Portwing", "Lookout"): value for name, value in captured[2].items()}
        self.assertEqual(self.replay(renamed).headers["X-Lookout-Reason"], "replay")

    def restart(self, number):
        self.agent.stop(number)
        self.agent.start()
        self.wait_until_open()

    def test_after_an_orderly_restart(self):
        captured = self.signer.sign_request("GET", "/echo", timestamp=int(time.time()) + 5)
        self.assertEqual(self.replay(captured).status, 200)
        self.restart(signal.SIGTERM)
        self.assert_refused(self.replay(captured), 503, SIGN_AGAIN)
        self.assertEqual(self.ask_signed(self.signer, timestamp=int(time.time()) + 6).status, 200)
        self.assertEqual(self.wait_audit("api_request", outcome="error")["reason"], "nonces_forgotten")

    def test_after_a_crash(self):
        captured = self.signer.sign_request("GET", "/echo")
        # A client whose clock is ahead of the agent's.
        ahead = self.signer.sign_request("GET", "/echo", timestamp=int(time.time()) + 4)
        for headers in (captured, ahead):
            self.assertEqual(self.replay(headers).status, 200)
        # Twice: the first one must not take with it what the other one has to know.
        for _ in range(2):
            self.restart(signal.SIGKILL)
            for headers in (captured, ahead):
                self.assert_refused(self.replay(headers), 503, SIGN_AGAIN)
        wait_until("the next second", lambda: self.ask_signed(self.signer).status == 200)
        # Being told to sign again is nobody's failure.
        self.assertEqual(self.audit("auth_failure"), [])


class GuessTest(InboundCase):
    def test_many_addresses_do_not_buy_more_guesses_for_one(self):
        self.start(TOKEN=TOKEN)
        addresses = [f"127.{a}.{b}.7" for a in range(1, 11) for b in range(1, 21 if FULL else 6)]
        before = self.agent.process.rss()
        for address in addresses:
            for _ in range(10):
                self.assertEqual(self.ask_with_token("guess", source=address).status, 401)
            self.assertEqual(self.ask_with_token("guess", source=address).status, 429)
            # Locked out is locked out, also for the right token.
            self.assertEqual(self.ask_with_token(source=address).status, 429)
        self.assertEqual(self.ask_with_token().status, 200)
        if not SANITIZED:
            self.assertLess(self.agent.process.rss() - before, MEBIBYTE)


class PathTest(InboundCase):
    TARGETS = (
        "/%5flookout/info", "/%5Flookout/info", "/_lookout%2finfo", "/_lookout/%69nfo", "//_lookout/info", "/_lookout//info",
        "/./_lookout/info", "/x/../_lookout/info", "/_lookout/../_lookout/info", "/_lookout/info/", "/_lookout/info/.",
        "/_LOOKOUT/info", "/_lookout/info;a=b", "/_lookout/info%00", "/_lookout/info%20", "/%2e%2e/_lookout/info",
        "/v1.43/_lookout/info", "/%2fhealth", "//health", "/health/", "/health/../echo", "/health%2f..%2fecho", "/health;/echo",
        "/ready/..;/echo", "/_lookout/health/../info", "/api/portwing/enroll/../../../echo")

    def test_no_spelling_leads_around_the_proof_or_to_a_route(self):
        self.start(TOKEN=TOKEN)
        for n, target in enumerate(self.TARGETS):
            with self.subTest(target):
                self.assertIn(self.send(target, source=f"127.0.0.{n + 2}"), (400, 401))
                self.assertNotIn(("GET", target), self.fake.calls)
        # With a proof none of them leads to the agent's own route either; what goes to the engine goes as it is.
        self.fake.on("", lambda handler, path: handler.reply(404, {"message": "page not found"}))
        before = len(self.fake.calls)
        for target in self.TARGETS:
            with self.subTest(target):
                self.assertIn(self.send(target, f"Authorization: Bearer {TOKEN}\r\n"), (400, 404))
        # The fake engine's own parser takes two slashes for one.
        known = ["/" + target.lstrip("/") for target in self.TARGETS]
        self.assertEqual([path for _, path in self.fake.calls[before:] if path not in known and "v1.43/c" not in path], [])

    def test_the_operations_listener_knows_its_paths_as_they_are_written(self):
        hub = self.world.start_hub()
        self.agent = self.world.start_agent(hub.url, self.fake.path)
        hub.wait_for_agent("edge1")
        for target in self.TARGETS + ("/containers/json", "/echo"):
            with self.subTest(target):
                self.assertIn(self.send(target), (400, 404))
        self.assertEqual(self.send("/_lookout/info"), 200)
        self.assertEqual(self.send("/metrics", host="evil.example"), 403)
        self.assertFalse([path for _, path in self.fake.calls if "echo" in path])

    def send(self, target, fields="", host="localhost", source="127.0.0.1"):
        """The status of a request whose target is sent as it stands."""
        raw = socket.create_connection(("127.0.0.1", self.agent.port), 30 * PATIENCE, (source, 0))
        self.addCleanup(raw.close)
        raw.sendall(f"GET {target} HTTP/1.1\r\nHost: {host}\r\n{fields}Connection: close\r\n\r\n".encode())
        return int(read_head(raw).split()[1])


class RebindingTest(InboundCase):
    def test_another_sites_name_has_no_use_here(self):
        self.start(ALLOW_UNAUTHENTICATED="true", AGENT_NAME="rack4")
        for host, status in (("localhost", 200), ("127.0.0.1:3000", 200), ("rack4", 200), ("evil.example", 403)):
            self.assertEqual(self.ask(headers={"Host": host}).status, status, host)
        self.assertEqual(self.wait_audit("auth_failure")["reason"], "foreign_name")
        self.assertEqual(self.fake.calls.count(("GET", "/echo")), 3)


class LineBreakTest(InboundCase):
    """What is sent is written into logs, records, and requests to the engine; none of it may begin a line of its own."""

    FORGED = "forged-by-a-peer"

    def test_in_every_field(self):
        self.sent = 0
        self.start(TOKEN=TOKEN, LOG_LEVEL="debug")
        fields = ["Host", "User-Agent", "X-Forwarded-For", "X-Real-IP", "X-Request-Id", "Authorization", "Origin", "Cookie",
                  "X-Portwing-Token", "X-Portwing-Key-ID", "X-Portwing-Nonce", "X-Registry-Auth", "Content-Type"]
        for breaker in ("\r\n", "\n", "\r", "\r\n ", "\0", "\x0b", "\x85", "\u2028"):
            for field in fields:
                self.send(f"GET /echo HTTP/1.1\r\n{'' if field == 'Host' else 'Host: d' + chr(13) + chr(10)}"
                          f"{field}: a{breaker}X-Forged: {self.FORGED}\r\n")
            for target in (f"/echo{breaker}X-Forged:{self.FORGED}", f"/echo?a={breaker}{self.FORGED}"):
                self.send(f"GET {target} HTTP/1.1\r\nHost: d\r\nAuthorization: Bearer {TOKEN}\r\n")
            self.send(f"G{breaker}ET /{self.FORGED} HTTP/1.1\r\nHost: d\r\n")
        # Encoded, they reach the engine as they were sent, and the records escaped.
        for encoded in ("%0d%0a", "%0a", "%0D%0AX-Forged:%20" + self.FORGED):
            self.assertEqual(self.send(f"GET /echo/{encoded} HTTP/1.1\r\nHost: d\r\nAuthorization: Bearer {TOKEN}\r\n"), 200)
        self.assert_nothing_forged()

    def send(self, head):
        # From one address it would be locked out.
        self.sent += 1
        raw = socket.create_connection(("127.0.0.1", self.agent.port), 30 * PATIENCE, (f"127.1.1.{self.sent // 5 + 1}", 0))
        raw.sendall(head.encode("utf-8", "surrogateescape") + b"Connection: close\r\n\r\n")
        answer = b""
        with contextlib.suppress(OSError):
            while chunk := raw.recv(65536):
                answer += chunk
        raw.close()
        self.assertNotIn("\r\nX-Forged", answer.split(b"\r\n\r\n")[0].decode(errors="replace"))
        return int(answer.split()[1]) if answer else None

    def assert_nothing_forged(self):
        for line in self.agent.log().split("\n"):
            self.assertFalse(line.startswith((self.FORGED, "X-Forged")), line)
            self.assertRegex(line, r"^$|^\d{4}-\d\d-\d\dT[\d:.]+Z (debug|info |warn |error) ")
            self.assertTrue(line.isprintable(), repr(line))
        for record in self.audit():
            self.assertIn("event", record)
        for _, target in self.fake.calls:
            self.assertTrue(target.isprintable() and " " not in target, target)


class FloodTest(InboundCase):
    """What strangers can make the agent hold: so much, and no more. docs/reliability.md tells the figures."""

    MOST = 48 * MEBIBYTE

    def setUp(self):
        super().setUp()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))

    def flood(self, connect, count, send):
        """Opens that many connections, of which each says something and then nothing; the agent's growth while they last."""
        before = self.agent.process.rss()
        crowd = []
        for n in range(count):
            try:
                client = connect()
                crowd.append(client)
                client.setblocking(False)
                client.send(send(n))
            except OSError:
                continue
        peak = max(self.agent.process.rss() for _ in range(5))
        for client in crowd:
            client.close()
        return peak - before

    def assert_bounded(self, growth):
        print(f"{self.id().split('.')[-1]}: {growth / MEBIBYTE:.1f} MiB", flush=True)
        if not SANITIZED:
            self.assertLess(growth, self.MOST)
        assert_idle(self, self.agent.process)

    def connect_plainly(self):
        return socket.create_connection(("127.0.0.1", self.agent.port), 5)

    def test_heads_that_never_end(self):
        self.start(TOKEN=TOKEN)
        count = 2000 if FULL else 600
        before = processor_seconds(self.agent.process.pid)
        growth = self.flood(self.connect_plainly, count, lambda _: b"GET / HTTP/1.1\r\nX: " + b"x" * 60_000)
        self.assert_bounded(growth)
        self.assertEqual(self.ask_with_token().status, 200)
        # They stand in a line, and the next client behind them: it is not a long wait.
        if not SANITIZED:
            self.assertLess(processor_seconds(self.agent.process.pid) - before, count / 2000)

    def test_signed_bodies_that_nobody_has_signed(self):
        key = self.make_key("signer.key")
        self.start(AUTHORIZED_KEYS=self.write_keys(key), TOKEN=TOKEN)
        # The key's id is no secret; everything else is made up, so each is read to its end before it is refused.
        now = int(time.time())

        def head(n):
            return (f"POST /echo HTTP/1.1\r\nHost: d\r\nContent-Length: 262144\r\nX-Portwing-Key-ID: {key.key_id}\r\n"
                    f"X-Portwing-Timestamp: {now}\r\nX-Portwing-Nonce: {n:032x}\r\nX-Portwing-Signature: {'A' * 86}\r\n"
                    f"X-Portwing-Signature-Version: 2\r\n\r\n").encode() + b"x" * 262_000
        growth = self.flood(self.connect_plainly, 200, head)
        self.assert_bounded(growth)
        self.assertEqual(self.ask_with_token().status, 200)
        # They come from one address, and leave the other half of the places.
        self.assertEqual(self.ask_signed(key, "POST", body=b"mine", source="127.0.0.2").status, 200)

    def test_handshakes_that_never_end(self):
        authority = Authority(self.world.folder / "ca")
        certificate, key = authority.issue("server", ["IP:127.0.0.1"])
        key.chmod(0o600)
        self.start(TOKEN=TOKEN, TLS_CERT=certificate, TLS_KEY=key)
        context = ssl.create_default_context(cafile=authority.certificate)
        hello = ssl.MemoryBIO()
        client = context.wrap_bio(ssl.MemoryBIO(), hello, server_hostname="127.0.0.1")
        with contextlib.suppress(ssl.SSLWantReadError):
            client.do_handshake()
        hello = hello.read()
        growth = self.flood(self.connect_plainly, 1000, lambda n: hello if n % 2 else hello[:100])
        self.assert_bounded(growth)
        with context.wrap_socket(self.connect_plainly(), server_hostname="127.0.0.1") as raw:
            raw.settimeout(20 * PATIENCE)
            raw.sendall(f"GET /echo HTTP/1.1\r\nHost: d\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n".encode())
            self.assertIn(b" 200 ", raw.recv(100))

    def test_answers_that_nobody_takes(self):
        """Pipelined requests without a proof, whose answers are not read."""
        self.start(TOKEN=TOKEN)
        growth = self.flood(self.connect_plainly, 250, lambda _: b"GET /x HTTP/1.1\r\nHost: d\r\n\r\n" * 1600)
        self.assert_bounded(growth)
        self.assertEqual(self.ask_with_token(source="127.0.0.2").status, 200)


if __name__ == "__main__":
    unittest.main()
