# SPDX-License-Identifier: Apache-2.0
import http.client
import time

from harness.fake_docker import STREAM_TYPE
from harness.waiting import PATIENCE


class FailureScenarios:
    """What goes wrong behind the dispatcher, before the fake engine or none."""

    def test_an_engine_that_is_not_there(self):
        missing = self.world.folder / "missing.sock"
        carrier = self.make_carrier(missing, f"missing-{self.id_of_way}")
        status, _, body = carrier.request("GET", "/containers/json")
        self.assertEqual(status, 502)
        self.assertIn(str(missing), body.decode())
        record = carrier.audit_record("/containers/json")
        self.assertEqual((record["outcome"], record["status"]), ("error", self.ways.audited_status_of_failure))
        self.assertIn(str(missing), record["reason"])

    def test_an_engine_that_does_not_answer(self):
        impatient = self.make_carrier(self.fake.path, "impatient", REQUEST_TIMEOUT=1)
        self.fake.on("/hang", self.fake.hang)
        started = time.monotonic()
        status, _, body = impatient.request("GET", "/hang?quick")
        self.assertEqual(status, self.ways.status_of_timeout)
        self.assertIn("within 1 s", body.decode())
        self.assertLess(time.monotonic() - started, 10 * PATIENCE)
        self.assertEqual(impatient.audit_record("/hang?quick")["outcome"], "error")

    def test_an_answer_that_breaks_off_is_never_a_clean_end(self):
        def act(handler, path):
            handler.send_response(200)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", "100")
            handler.end_headers()
            handler.wfile.write(b"[1, 2, ")
            handler.close_connection = True
        self.fake.on("/broken", act)
        if self.ways.replaces_broken_answers:
            self.assertEqual(self.to_fake.request("GET", "/broken")[0], 502)
        else:
            with self.assertRaises(http.client.IncompleteRead):
                self.to_fake.request("GET", "/broken")

    def test_a_stream_that_breaks_off_is_never_a_clean_end(self):
        def act(handler, path):
            handler.send_response(200)
            handler.send_header("Content-Type", STREAM_TYPE)
            handler.send_header("Transfer-Encoding", "chunked")
            handler.end_headers()
            handler.wfile.write(b"5\r\nhello\r\n50\r\nhalf")
            handler.close_connection = True
        self.fake.on("/containers/broken/logs", act)
        try:
            status, _, body = self.to_fake.request("GET", "/containers/broken/logs?stdout=1")
        except http.client.IncompleteRead:
            return
        self.assertTrue(self.ways.replaces_broken_answers, "the listener must cut the transfer")
        self.assertEqual((status, body), (200, b"hellohalf"))

    def test_an_engine_that_speaks_no_http(self):
        def act(handler, path):
            handler.wfile.write(b"gibberish\r\n\r\n")
            handler.close_connection = True
        self.fake.on("/gibberish", act)
        status, _, body = self.to_fake.request("GET", "/gibberish")
        self.assertEqual(status, 502)
        self.assertIn("gibberish", body.decode())
