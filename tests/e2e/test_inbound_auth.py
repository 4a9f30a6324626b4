#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who is let in by the listener: tokens, token hashes, signatures, lock-outs, and the client's address."""

import base64
import concurrent.futures
import hashlib
import json
import os
import subprocess
import time
import unittest

from harness.engine import why_not
from harness.inbound import TOKEN, InboundCase, read_head
from harness.keys import Key
from harness.lookout import LOOKOUT
from harness.unix_http import request
from harness.world import create_container

MIB = 1024 * 1024
FAR_FUTURE = 20_000_000_000


def in_parallel(count, call):
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(call, range(count)))


class TokenTest(InboundCase):
    def setUp(self):
        super().setUp()
        self.start(TOKEN=TOKEN)

    def test_each_field_that_may_carry_it(self):
        for name, value in (("Authorization", f"Bearer {TOKEN}"), ("authorization", f"bEARER   {TOKEN} "),
                            ("X-Portwing-Token", TOKEN), ("X-Lookout-Token", TOKEN), ("X-Dd-Agent-Secret", TOKEN)):
            with self.subTest(name):
                answer = self.ask(headers={name: value, "X-Registry-Auth": "kept"})
                self.assertEqual(answer.status, 200, answer.text)
                passed = json.loads(answer.text)["headers"]
                self.assertNotIn(name.lower(), passed)
                self.assertEqual(passed["x-registry-auth"], "kept")

    def test_refusals(self):
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer "}, {"X-Portwing-Token": "wrong"},
                        {"Authorization": f"Basic {TOKEN}"}, {"Authorization": TOKEN}, {"Cookie": f"token={TOKEN}"},
                        {"Authorization": "Bearer wrong", "X-Portwing-Token": TOKEN}):
            with self.subTest(str(headers)):
                self.assert_refused(self.ask(headers=headers), 401, "unauthorized")
        self.assert_refused(self.ask(target=f"/echo?token={TOKEN}"), 401, "unauthorized")
        record = self.wait_audit("auth_failure")
        self.assertEqual((record["actor"], record["outcome"], record["status"], record["reason"], record["path"]),
                         ("127.0.0.1", "denied", 401, "bad_token", "/echo"))
        self.assertEqual(len(self.fake.calls), len([c for c in self.fake.calls if "/echo" not in c[1]]))

    def test_another_scheme_is_passed_over(self):
        self.assertEqual(self.ask(headers={"Authorization": "Basic eDp5", "X-Portwing-Token": TOKEN}).status, 200)

    def test_health_needs_no_proof_and_nothing_else_goes_without(self):
        for target in ("/health", "/ready", "/_portwing/health", "/_lookout/health"):
            self.assertEqual(self.ask(target=target).status, 200, target)
            self.assertEqual(self.ask("POST", target).status, 405, target)
        for target in ("/health/", "/_lookout/info", "/metrics", "/containers/json", "/api/containers",
                       "/api/portwing/enroll", "//health"):
            self.assertEqual(self.ask(target=target, source="127.0.0.9").status, 401, target)

    def test_ten_failures_lock_an_address_out_and_no_other(self):
        for _ in range(10):
            self.assert_refused(self.ask_with_token("wrong"), 401, "unauthorized")
        for _ in range(40):
            self.assert_refused(self.ask_with_token(), 429, "too many failed attempts")
        self.assert_refused(self.ask(), 429, "too many failed attempts")
        self.assertEqual(self.ask_with_token(source="127.0.0.2").status, 200)
        self.assertEqual(self.ask(target="/health").status, 200)
        self.wait_audit("api_request", actor="127.0.0.2")
        self.assertEqual(len(self.audit("auth_failure")), 10)
        # However many there are, the trail keeps a few.
        self.assertLess(len(self.audit("rate_limited")), 5)
        self.assertGreater(len(self.audit("rate_limited")), 0)
        metrics = self.ask_with_token(source="127.0.0.2", target="/metrics").text
        self.assertIn('portwing_auth_failures_total{reason="bad_token"} 10\n', metrics)
        self.assertIn("portwing_rate_limited_total 41\n", metrics)

    def test_parallel_requests_of_one_client_all_pass(self):
        self.assertEqual({answer.status for answer in in_parallel(40, lambda _: self.ask_with_token())}, {200})

    def test_curl_is_let_in(self):
        url = f"http://127.0.0.1:{self.agent.port}/echo"
        done = subprocess.run(["curl", "-sS", "-H", f"X-Portwing-Token: {TOKEN}", "-d", "a=b", url], check=True,
                              capture_output=True, text=True)
        self.assertEqual(json.loads(done.stdout)["length"], 3)
        done = subprocess.run(["curl", "-sS", "-i", "--oauth2-bearer", "wrong", url], check=True, capture_output=True)
        self.assertTrue(done.stdout.startswith(b"HTTP/1.1 401 Unauthorized\r\n"), done.stdout)


class TokenHashTest(InboundCase):
    def test_the_hash_of_hash_token(self):
        made = subprocess.run([LOOKOUT, "hash-token"], input=TOKEN + "\n", check=True, capture_output=True, text=True)
        self.start(TOKEN_HASH=made.stdout.strip())
        # None of them has to wait for another: they share one derivation.
        self.assertEqual({answer.status for answer in in_parallel(30, lambda _: self.ask_with_token())}, {200})
        self.assert_refused(self.ask_with_token("wrong"), 401, "unauthorized")
        self.assert_refused(self.ask(), 401, "unauthorized")
        self.assertEqual(self.wait_audit("api_request")["auth_method"], "token-hash")

    def test_too_many_tokens_at_a_time(self):
        salt, tag = (base64.b64encode(os.urandom(n)).decode().rstrip("=") for n in (16, 32))
        self.start(TOKEN_HASH=f"$argon2id$v=19$m=65536,t=10,p=1${salt}${tag}")
        answers = in_parallel(24, lambda n: self.ask_with_token(f"wrong-{n}", source=f"127.0.1.{n + 1}"))
        busy = [answer for answer in answers if answer.status == 429]
        self.assertEqual({answer.status for answer in answers}, {401, 429})
        for answer in busy:
            self.assert_refused(answer, 429, "authentication verification capacity exceeded")
        # Two at work and eight that wait.
        self.assertEqual(len(answers) - len(busy), 10)
        self.assertTrue(self.agent.process.is_running())


class SignatureTest(InboundCase):
    def setUp(self):
        super().setUp()
        path = self.world.folder / "client.key"
        subprocess.run([LOOKOUT, "keygen", "--out", path], check=True, capture_output=True)
        self.key = Key(path)
        self.start(AUTHORIZED_KEYS=self.write_keys(self.key), TOKEN=TOKEN)

    def test_what_is_let_in(self):
        for method, target, body, signing in (
                ("GET", "/echo?a=b&c=%2F", None, {}), ("GET", "/echo?", None, {}), ("POST", "/echo", b"", {}),
                ("POST", "/echo/a%2Fb?x", b'{"a":1}', {"family": "Lookout"}), ("PUT", "/echo", os.urandom(300_000), {}),
                ("GET", "/echo/a%20b", None, {"version": "1", "Signature_Version": None}),
                ("DELETE", "/echo", None, {"version": "1", "Signature_Version": ""})):
            with self.subTest(f"{method} {target} {signing}"):
                answer = self.ask_signed(self.key, method, target, body, **signing)
                self.assertEqual(answer.status, 200, answer.text)
                seen = json.loads(answer.text)
                self.assertEqual((seen["target"], seen["length"]), (target, len(body or b"")))
                self.assertFalse([name for name in seen["headers"] if "portwing" in name or "lookout" in name])
        record = self.wait_audit("api_request")
        self.assertEqual((record["auth_method"], record["key_id"]), ("signature", self.key.key_id))

    def test_refusals_tell_the_reason(self):
        now = int(time.time())
        stranger = self.make_key("stranger")
        for reason, key, signing in (
                ("timestamp-skew", self.key, {"timestamp": now - 70}), ("timestamp-skew", self.key, {"timestamp": now + 70}),
                ("timestamp-skew", self.key, {"timestamp": FAR_FUTURE}), ("timestamp-skew", self.key, {"Timestamp": "soon"}),
                ("timestamp-skew", self.key, {"timestamp": -FAR_FUTURE}), ("unknown-key", stranger, {}),
                ("unknown-key", self.key, {"Key_ID": self.key.key_id.upper() + "x"}),
                ("invalid-signature", self.key, {"Key_ID": None}), ("invalid-signature", self.key, {"Nonce": "ab"}),
                ("invalid-signature", self.key, {"Signature": "AAAA"}), ("invalid-signature", self.key, {"Nonce": "0" * 32}),
                ("invalid-signature", self.key, {"Signature_Version": "3"}),
                ("invalid-signature", self.key, {"version": "1"})):
            for family in ("Portwing", "Lookout"):
                with self.subTest(f"{reason} {signing} {family}"):
                    # An address of its own for each reason, so that none is locked out.
                    source = f"127.0.2.{hashlib.sha256(repr((reason, signing)).encode()).digest()[0] % 254 + 1}"
                    answer = self.ask_signed(key, target="/echo?q", source=source, family=family, **signing)
                    self.assert_refused(answer, 401, "unauthorized")
                    self.assertEqual(answer.headers[f"X-{family}-Reason"], reason)
        for reason in ("timestamp-skew", "unknown-key", "invalid-signature"):
            self.assertEqual(self.wait_audit("auth_failure", reason=reason)["status"], 401)

    def test_each_request_counts_once(self):
        nonce = os.urandom(16).hex()
        headers = self.key.sign_request("GET", "/echo", nonce=nonce)
        answers = in_parallel(16, lambda _: self.ask(headers=headers, source="127.0.0.3"))
        self.assertEqual(sorted(answer.status for answer in answers)[:2], [200, 401])
        refused = [answer for answer in answers if answer.status == 401]
        self.assertEqual({answer.headers["X-Portwing-Reason"] for answer in refused}, {"replay"})
        # The other family's names are the same nonce of the same key.
        twin = {name.replace("Portwing", "Lookout"): value for name, value in headers.items()}
        self.assertEqual(self.ask(headers=twin, source="127.0.0.4").headers["X-Lookout-Reason"], "replay")

    def test_a_far_future_is_refused_again_and_again(self):
        headers = self.key.sign_request("GET", "/echo", timestamp=FAR_FUTURE)
        for _ in range(3):
            self.assertEqual(self.ask(headers=headers).headers["X-Portwing-Reason"], "timestamp-skew")

    def test_nothing_rescues_a_wrong_signature(self):
        headers = {**self.key.sign_request("GET", "/other"), "Authorization": f"Bearer {TOKEN}"}
        self.assert_refused(self.ask(headers=headers), 401, "unauthorized")
        self.assertEqual(self.ask(headers={**headers, "X-Portwing-Signature": ""}).status, 200)

    def test_what_was_signed_must_be_what_is_sent(self):
        headers = self.key.sign_request("POST", "/echo?a=b", b"body")
        for method, target, body in (("PUT", "/echo?a=b", b"body"), ("POST", "/echo?a=c", b"body"),
                                     ("POST", "/echo", b"body"), ("POST", "/echo?a=b", b"bodY"), ("POST", "/echo?a=b", None)):
            answer = self.ask(method, target, headers, body)
            self.assertEqual((answer.status, answer.headers["X-Portwing-Reason"]), (401, "invalid-signature"), target)
        # None of that used the nonce up.
        self.assertEqual(self.ask("POST", "/echo?a=b", headers, b"body").status, 200)

    def test_signatures_pass_where_tokens_are_locked_out(self):
        for _ in range(11):
            self.ask_with_token("wrong")
        self.assertEqual(self.ask_with_token().status, 429)
        self.assertEqual(self.ask_signed(self.key).status, 200)
        self.assert_refused(self.ask_signed(self.key, timestamp=1), 429, "too many failed attempts")
        self.assert_refused(self.ask_signed(self.make_key("stranger")), 429, "too many failed attempts")

    def test_parallel_requests_of_one_client_all_pass(self):
        body = b"x" * 10_000
        answers = in_parallel(24, lambda n: self.ask_signed(self.key, "POST", f"/echo?{n}", body))
        self.assertEqual({answer.status for answer in answers}, {200})

    def test_a_post_without_a_body_stays_without(self):
        seen = json.loads(self.ask_signed(self.key, "POST", "/echo").text)
        self.assertNotIn("transfer-encoding", seen["headers"])
        self.assertEqual(seen["headers"].get("content-length", "0"), "0")


class SignedBodyTest(InboundCase):
    def setUp(self):
        super().setUp()
        self.key = self.make_key("client.key")
        self.start(AUTHORIZED_KEYS=self.write_keys(self.key))

    def test_sixty_four_mebibytes_and_not_one_more(self):
        body = bytes(64 * MIB)
        answer = self.ask_signed(self.key, "POST", "/echo", body)
        self.assertEqual((answer.status, json.loads(answer.text)["length"]), (200, 64 * MIB))
        self.assertEqual(json.loads(answer.text)["headers"]["content-length"], str(64 * MIB))
        # Sanitizers keep what has been freed for a while.
        self.assertLess(self.agent.process.rss(), (512 if os.environ.get("E2E_SANITIZED") else 40) * MIB)
        raw = self.connect()
        headers = self.key.sign_request("POST", "/echo", body + b"x")
        raw.sendall(self.head("POST", {**headers, "Content-Length": str(64 * MIB + 1)}))
        self.assertTrue(read_head(raw).startswith(b"HTTP/1.1 413 "))
        self.assertEqual(raw.recv(100), b"request body too large\n")
        self.assertEqual(raw.recv(100), b"")
        self.assertEqual(self.wait_audit("api_request", status=413)["outcome"], "error")
        self.assertFalse([path for path in self.agent.process.descriptors() if "deleted" in path])

    def head(self, method, headers):
        lines = [f"{method} /echo HTTP/1.1", "Host: a", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode()

    def test_a_chunked_body_reaches_the_engine_with_its_length(self):
        headers = {**self.key.sign_request("POST", "/echo", b"hello world"), "Transfer-Encoding": "chunked"}
        raw = self.connect()
        raw.sendall(self.head("POST", headers) + b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")
        self.assertTrue(read_head(raw).startswith(b"HTTP/1.1 200 "))
        seen = json.loads(raw.recv(10_000))
        self.assertEqual((seen["length"], seen["headers"]["content-length"]), (11, "11"))

    def test_a_body_that_comes_too_slowly(self):
        headers = {**self.key.sign_request("POST", "/echo", b"0123456789"), "Content-Length": "10"}
        raw = self.connect()
        raw.sendall(self.head("POST", headers) + b"01234")
        begun = time.monotonic()
        self.assertTrue(read_head(raw).startswith(b"HTTP/1.1 408 "))
        self.assertEqual(raw.recv(100), b"request body read timed out\n")
        self.assertGreater(time.monotonic() - begun, 9)

    def test_continue_is_said_only_to_who_may_be_a_rightful_client(self):
        body = b"0123456789"
        headers = {**self.key.sign_request("POST", "/echo", body), "Content-Length": "10", "Expect": "100-continue"}
        raw = self.connect()
        raw.sendall(self.head("POST", {**headers, "X-Portwing-Key-ID": "0" * 16}))
        self.assertTrue(read_head(raw).startswith(b"HTTP/1.1 401 "))
        raw = self.connect()
        raw.sendall(self.head("POST", headers))
        self.assertEqual(read_head(raw), b"HTTP/1.1 100 Continue\r\n\r\n")
        raw.sendall(body)
        self.assertTrue(read_head(raw).startswith(b"HTTP/1.1 200 "))


class ClientAddressTest(InboundCase):
    def test_behind_trusted_proxies(self):
        self.start(TOKEN=TOKEN, TRUSTED_PROXIES="127.0.0.1, 10.0.0.0/8")
        for number, (forwarded, client) in enumerate((
                ([], "127.0.0.1"), (["203.0.113.7"], "203.0.113.7"), (["203.0.113.7, 10.1.2.3"], "203.0.113.7"),
                (["1.2.3.4, 203.0.113.7"], "203.0.113.7"), (["1.2.3.4", "203.0.113.7"], "203.0.113.7"),
                (["203.0.113.7", "unknown"], "127.0.0.1"), (["2001:DB8:0::1"], "2001:db8::1"),
                (["203.0.113.7:4711"], "203.0.113.7"), (["10.1.1.1"], "127.0.0.1"))):
            with self.subTest(str(forwarded)):
                raw = self.connect()
                lines = [f"GET /echo?{number} HTTP/1.1", "Host: a", f"X-Portwing-Token: {TOKEN}", "Connection: close",
                         *(f"X-Forwarded-For: {value}" for value in forwarded), "", ""]
                raw.sendall("\r\n".join(lines).encode())
                self.assertTrue(read_head(raw).startswith(b"HTTP/1.1 200 "))
                self.wait_audit("api_request", actor=client)

    def test_nobody_elses_word_counts(self):
        self.start(TOKEN=TOKEN, TRUSTED_PROXIES="10.0.0.0/8")
        for number in range(10):
            self.ask(headers={"X-Forwarded-For": f"203.0.113.{number}"})
        self.assert_refused(self.ask_with_token(), 429, "too many failed attempts")
        self.assertEqual({record["actor"] for record in self.audit("auth_failure")}, {"127.0.0.1"})

    def test_lock_outs_are_for_the_client_not_for_the_proxy(self):
        self.start(TOKEN=TOKEN, TRUSTED_PROXIES="127.0.0.1")
        for number in range(12):
            # The whole network of a host with IPv6 counts as one.
            self.ask(headers={"X-Forwarded-For": f"2001:db8::{number}"})
        for client, status in (("2001:db8::ffff", 429), ("2001:db8:0:1::1", 200)):
            answer = self.ask(headers={"X-Forwarded-For": client, "X-Portwing-Token": TOKEN})
            self.assertEqual(answer.status, status, client)


@unittest.skipIf(why_not(), why_not())
class EngineTest(InboundCase):
    def test_a_signed_start_without_a_body(self):
        engine = self.world.start_engine()
        key = self.make_key("client.key")
        self.start(AUTHORIZED_KEYS=self.write_keys(key), DOCKER_SOCKET=engine.socket)
        container = create_container(lambda *call: request(engine.socket, *call), "box", ["sleep", "60"])
        self.assertEqual(self.ask_signed(key, "POST", f"/containers/{container}/stop?t=0").status, 204)
        self.assertEqual(self.ask_signed(key, "POST", f"/containers/{container}/start").status, 204)


if __name__ == "__main__":
    unittest.main()
