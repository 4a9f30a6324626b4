# SPDX-License-Identifier: Apache-2.0
import concurrent.futures
import hashlib
import json

MEBIBYTE = 1024 * 1024


class RequestScenarios:
    """Single requests before a fake engine, which tells what reached it."""

    def test_targets_reach_the_engine_as_they_were_written(self):
        for target in ("/echo", "/echo?a=1&b=%20&&=&c=a+b", "/echo/images%2Fa%2fb/json?x=%2F", "/echo/a;b/c,d/", "/echo/~a/b@c:d",
                       "/echo/%E2%82%AC?q=%E2%82%AC", "/echo//double///slash", "/echo?", "/echo/..%2f..%2fetc",
                       "/echo/a%3Fb?c%23", "/echo?filters=%7B%22label%22%3A%5B%22a%3Db%22%5D%7D"):
            with self.subTest(target):
                self.assertEqual(self.to_fake.get_json(target)["target"], self.ways.version_prefix + target)
                self.assertEqual(self.to_fake.get_json("/v1.41" + target)["target"], "/v1.41" + target)

    def test_methods_reach_the_engine(self):
        for method in ("GET", "POST", "PUT", "DELETE"):
            with self.subTest(method):
                status, _, body = self.to_fake.request(method, "/echo")
                self.assertEqual((status, json.loads(body)["method"]), (200, method))

    def test_json_bodies_reach_the_engine_byte_for_byte(self):
        for text in ('{"a": 1}', '{"n":12345678901234567890,"f":1.0,"e":1E+2}', '[ ]', '"text"', '{"\\u00e4":"\u20ac","a":1,"a":2}'):
            with self.subTest(text):
                body = text.encode()
                status, _, answer = self.to_fake.request("POST", "/echo", body, {"Content-Type": "application/json"})
                self.assertEqual((status, json.loads(answer)["body"].encode("latin-1")), (200, body))

    def test_binary_bodies(self):
        body = bytes(range(256)) * 1024
        status, _, answer = self.to_fake.request("PUT", "/echo", body, {"Content-Type": "application/x-tar"})
        if self.ways.carries_binary:
            self.assertEqual((status, json.loads(answer)["body"].encode("latin-1")), (200, body))
        else:
            self.assertEqual(status, 502)

    def test_the_engine_sees_no_credential_and_no_hop(self):
        sent = {"Accept": "a/b", "Content-Type": "application/json", "X-Registry-Auth": "e30=", "X-Registry-Config": "e30=",
                "Cookie": "c=1", "X-Other": "o", "TE": "trailers", "X-Portwing-Token": "t", "X-Lookout-Token": "t",
                "X-Dd-Agent-Secret": "t"}
        if self.to_fake.credentials():
            # A second credential would be a wrong one.
            sent = {name: value for name, value in sent.items() if not name.endswith(("-Token", "-Secret"))}
        status, _, body = self.to_fake.request("POST", "/echo", {}, sent)
        self.assertEqual(status, 200)
        seen = json.loads(body)["headers"]
        for name in ("Accept", "Content-Type", "X-Registry-Auth", "X-Registry-Config"):
            self.assertEqual(seen.get(name.lower()), sent[name])
        for name in ("authorization", "te", "x-portwing-token", "x-lookout-token", "x-dd-agent-secret"):
            self.assertNotIn(name, seen)
        for name in ("Cookie", "X-Other"):
            self.assertEqual(seen.get(name.lower()), sent[name] if self.ways.passes_all_headers else None)

    def test_status_and_headers_come_back(self):
        fields = [("X-One", "1"), ("X-Many", "a"), ("X-Many", "b"), ("Docker-Experimental", "false")]
        self.fake.on("/fields", lambda handler, path: handler.reply(203, {"a": 1}, headers=fields))
        status, headers, body = self.to_fake.request("GET", "/fields")
        self.assertEqual((status, headers["X-One"], json.loads(body)), (203, "1", {"a": 1}))
        self.assertEqual(headers["Content-Type"], "application/json")
        self.assertEqual(headers.get_all("X-Many"), ["a, b"] if self.ways.joins_repeated_headers else ["a", "b"])
        self.assertIsNone(headers["Connection"] if headers["Connection"] != "close" else None)

    def test_redirects_are_relayed_and_not_followed(self):
        self.fake.on("/moved", lambda handler, path: handler.reply(301, b"", "text/plain", [("Location", "/echo?from=moved")]))
        before = len(self.fake.calls)
        status, headers, _ = self.to_fake.request("GET", "/moved")
        self.assertEqual((status, headers["Location"]), (301, "/echo?from=moved"))
        self.assertFalse([path for _, path in self.fake.calls[before:] if "/echo" in path])

    def test_answers_without_a_body(self):
        def act(handler, path):
            handler.send_response(int(path.rsplit("/", 1)[1]))
            handler.end_headers()
        self.fake.on("/empty/", act)
        for status in (204, 304):
            with self.subTest(status):
                self.assertEqual(self.to_fake.request("POST", f"/empty/{status}")[::2], (status, b""))

    def test_head_has_the_headers_of_get_and_no_body(self):
        status, headers, body = self.to_fake.request("HEAD", "/_ping")
        self.assertEqual((status, body), (200, b""))
        self.assertTrue(headers["Content-Type"].startswith("text/plain"))

    def test_text_comes_back_byte_for_byte(self):
        for data in (b'{"n":12345678901234567890,"n":1.0}', b"plain \x00 text\r\n", b"null", b'{"a":1}\n{"a":2}\n',
                     "\u20ac \u2028 \U0001f600".encode()):
            with self.subTest(data):
                self.fake.on("/text", lambda handler, path, data=data: handler.reply(200, data))
                self.assertEqual(self.to_fake.request("GET", "/text")[::2], (200, data))

    def test_json_comes_back_with_its_values(self):
        for data in ('{"\u20ac": "\\ud83d\\ude00 \u2028"}'.encode(), b' [1 , 2.5, -0.25, true, null, "\\u0000"]\n', b'{"b":1,"a":{}}'):
            with self.subTest(data):
                self.fake.on("/json", lambda handler, path, data=data: handler.reply(200, data))
                status, _, body = self.to_fake.request("GET", "/json")
                self.assertEqual((status, self.as_carried(body)), (200, self.as_carried(data)))

    def as_carried(self, data):
        """A JSON answer, as far as the way keeps it."""
        return list(json.loads(data).items() if data[:1] == b"{" else json.loads(data)) if self.ways.rewrites_json else data

    def test_an_answer_over_the_limit_of_the_way(self):
        data = b'"' + b"x" * (17 * MEBIBYTE) + b'"'
        self.fake.on("/large", lambda handler, path: handler.reply(200, data))
        status, _, body = self.to_fake.request("GET", "/large")
        if len(data) <= self.ways.max_answer:
            self.assertEqual((status, hashlib.sha256(body).digest()), (200, hashlib.sha256(data).digest()))
        else:
            self.assertEqual(status, 502)
            self.assertRegex(json.loads(body)["message"], "MiB|bytes")

    def test_errors_of_the_engine_are_relayed(self):
        self.fake.on("/refused", lambda handler, path: handler.reply(403, {"message": "no \u20ac for you"}))
        status, headers, body = self.to_fake.request("POST", "/refused", {"a": 1})
        self.assertEqual((status, json.loads(body)), (403, {"message": "no \u20ac for you"}))

    def test_fifty_at_once_get_their_own_answers(self):
        with concurrent.futures.ThreadPoolExecutor(50) as pool:
            answers = pool.map(lambda n: self.to_fake.get_json(f"/echo?n={n}")["target"], range(50))
            self.assertEqual(list(answers), [f"{self.ways.version_prefix}/echo?n={n}" for n in range(50)])
