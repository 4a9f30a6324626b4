# SPDX-License-Identifier: Apache-2.0
from harness.fake_docker import STREAM_TYPE


class OwnRouteScenarios:
    """The agent's own routes, and the audit trail."""

    def test_info_and_health(self):
        for prefix in ("/_lookout", "/_portwing"):
            with self.subTest(prefix):
                self.assertEqual(self.to_fake.get_json(f"{prefix}/info")["agentName"], self.to_fake.agent.name)
                self.assertEqual(self.to_fake.get_json(f"{prefix}/health")["status"], "healthy")

    def test_a_route_of_ours_that_does_not_exist_never_reaches_the_engine(self):
        before = len(self.fake.calls)
        for target in ("/_lookout/nothing", "/_portwing/", "/_lookout/info/more", "/_lookout/%69nfo"):
            with self.subTest(target):
                self.assertEqual(self.to_fake.request("GET", target)[0], 404)
        self.assertFalse([path for _, path in self.fake.calls[before:] if "/_" in path.replace("/_ping", "")])

    def test_a_wrong_method_on_a_route_of_ours(self):
        for method in ("POST", "DELETE", "PUT"):
            with self.subTest(method):
                status, headers, _ = self.to_fake.request(method, "/_lookout/info")
                self.assertEqual((status, headers["Allow"].split(", ")[0]), (405, "GET"))

    def test_each_request_leaves_one_record_with_its_origin(self):
        self.fake.on("/refused", lambda handler, path: handler.reply(403, {"message": "no"}))
        for method, target, status, outcome in (
                ("GET", "/echo/record?a=b", 200, "allowed"), ("DELETE", "/echo/removal", 200, "allowed"),
                ("GET", "/refused", 403, "denied"), ("GET", "/_lookout/info?record", 200, "allowed"),
                ("GET", "/_lookout/absent", 404, "error"), ("POST", "/containers/nobody/start?x", 404, "error")):
            with self.subTest(target):
                self.fake.on("/containers/nobody/", lambda handler, path: handler.reply(404, {"message": "none"}))
                self.assertEqual(self.to_fake.request(method, target)[0], status)
                record = self.to_fake.audit_record(target)
                self.assertEqual([record.get(key) for key in ("event", "method", "status", "outcome")],
                                 ["api_request", method, status, outcome])
                self.assertRegex(record["actor"], self.to_fake.actor())
                self.assertEqual(record["auth_method"], self.ways.auth_method)
                self.assertTrue(record["request_id"])
                self.assertGreaterEqual(record["duration_ms"], 0)

    def test_starting_an_exec_is_recorded_as_such(self):
        self.fake.on("/exec/e1/start", lambda handler, path: handler.reply(200, b"out", STREAM_TYPE))
        self.assertEqual(self.to_fake.request("POST", "/exec/e1/start", {"Detach": False})[0], 200)
        record = self.to_fake.audit_record("/exec/e1/start")
        self.assertEqual((record["event"], record["exec_id"], record["outcome"]), ("exec_start", "e1", "allowed"))
