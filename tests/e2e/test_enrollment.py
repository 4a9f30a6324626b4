#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Adding a key with a token that works once."""

import base64
import json
import os
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from harness.inbound import InboundCase
from harness.lookout import LOOKOUT

ENROLLMENT_TOKEN = "enroll-once"
KIB = 1024


class FoldersTest(unittest.TestCase):
    def test_folders_that_cannot_be_written_are_refused_before_the_start(self):
        # Without this capability root has no more right to a folder than its mode says.
        weak = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []
        for name, reason in (("state", "is kept in STATE_DIRECTORY"), ("keys", "must be in a folder that the agent's user can write")):
            with self.subTest(name), tempfile.TemporaryDirectory() as base:
                folders = {folder: Path(base, folder) for folder in ("state", "keys")}
                for folder in folders.values():
                    folder.mkdir()
                keys = folders["keys"] / "authorized_keys"
                keys.touch(0o600)
                folders[name].chmod(0o500)
                environment = {"ENROLLMENT_TOKEN": ENROLLMENT_TOKEN, "STATE_DIRECTORY": folders["state"], "AUTHORIZED_KEYS": keys}
                for command in (["check-config"], []):
                    ended = subprocess.run([*weak, LOOKOUT, *command], env=environment, capture_output=True, text=True, timeout=30,
                                           check=False)
                    self.assertEqual(ended.returncode, 78)
                    self.assertIn(f"error: ENROLLMENT_TOKEN: cannot write to '{folders[name]}': Permission denied", ended.stderr)
                    self.assertIn(reason, ended.stderr)
                folders[name].chmod(0o700)


class EnrollmentTest(InboundCase):
    def setUp(self):
        super().setUp()
        self.owner = self.make_key("owner.key")
        self.newcomer = self.make_key("newcomer.key")
        self.keys_path = self.write_keys(self.owner)
        self.start(AUTHORIZED_KEYS=self.keys_path, ENROLLMENT_TOKEN=ENROLLMENT_TOKEN)

    def enroll(self, key=None, token=ENROLLMENT_TOKEN, target="/api/portwing/enroll", source="127.0.0.1", **changes):
        public = base64.b64encode((key or self.newcomer).public).decode()
        body = {"enrollment_token": token, "public_key": public, **changes}
        return self.ask("POST", target, {}, json.dumps(body), source)

    def post(self, body, source="127.0.0.1"):
        return self.ask("POST", "/api/portwing/enroll", {}, body, source)

    def test_a_key_signs_as_soon_as_it_is_enrolled_and_only_one_does(self):
        self.assertEqual(self.ask_signed(self.newcomer).status, 401)
        answer = self.enroll(extra="ignored")
        key_id = self.newcomer.key_id
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "application/json"))
        self.assertEqual(json.loads(answer.text), {"key_id": key_id, "comment": f"enrolled:{key_id}"})
        self.assertEqual(self.ask_signed(self.newcomer).status, 200)
        self.assertEqual(self.ask_signed(self.owner).status, 200)
        record = self.wait_audit("enrollment", outcome="allowed")
        self.assertEqual((record["key_id"], record["actor"], record["status"]), (key_id, "127.0.0.1", 200))
        for target in ("/api/portwing/enroll", "/api/lookout/enroll"):
            self.assert_refused(self.enroll(self.make_key("third.key"), target=target), 401, "enrollment token already used")
        self.wait_audit("enrollment", outcome="denied", reason="token_used")
        # Nor after a restart, and the file is still fit to be read.
        self.agent.stop()
        self.agent.start()
        self.wait_until_open()
        self.assert_refused(self.enroll(self.make_key("third.key")), 401, "enrollment token already used")
        # Dated later than all that was accepted before.
        self.assertEqual(self.ask_signed(self.newcomer, timestamp=int(time.time()) + 1).status, 200)
        self.assertEqual(os.stat(self.keys_path).st_mode & 0o777, 0o600)

    def assert_refused(self, answer, status, text):
        """No scheme of authentication is of use here."""
        self.assertEqual((answer.status, answer.text), (status, text + "\n"))
        self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")

    def test_failures_do_not_use_the_token_up(self):
        body = {"enrollment_token": ENROLLMENT_TOKEN, "public_key": base64.b64encode(self.newcomer.public).decode()}
        whole = json.dumps(body)
        for number, (text, status, words) in enumerate((
                ("{", 400, "invalid JSON"), ("[]", 400, "invalid JSON"), (whole + "x", 400, "invalid JSON"),
                (whole + "{}", 400, "invalid JSON"), ("", 400, "invalid JSON"),
                (json.dumps({**body, "enrollment_token": "wrong"}), 401, "unauthorized"),
                (json.dumps({"public_key": body["public_key"]}), 401, "unauthorized"),
                (json.dumps({**body, "public_key": "%%%"}), 400, "public_key: invalid base64"),
                (json.dumps({**body, "public_key": base64.b64encode(bytes(31)).decode()}), 400,
                 "public_key: expected 32 bytes, got 31"),
                (json.dumps({"enrollment_token": ENROLLMENT_TOKEN}), 400, "public_key: expected 32 bytes, got 0"),
                (whole + " " * 64 * KIB, 413, "request body too large"))):
            with self.subTest(text[:60]):
                self.assert_refused(self.post(text, f"127.0.3.{number + 1}"), status, words)
                self.wait_audit("enrollment", actor=f"127.0.3.{number + 1}", status=status, outcome="denied")
        self.assertEqual(self.keys_path.read_text(), self.owner.authorized_line())
        self.assertEqual(self.enroll().status, 200)

    def test_a_last_line_without_an_end_is_not_lost(self):
        self.keys_path.write_text(self.owner.authorized_line().rstrip("\n"))
        self.assertEqual(self.enroll().status, 200)
        self.assertEqual([line.split()[2] for line in self.keys_path.read_text().splitlines()],
                         ["test", f"enrolled:{self.newcomer.key_id}"])
        self.assertEqual(self.ask_signed(self.owner).status, 200)

    def test_a_list_that_cannot_be_written_leaves_the_token_usable(self):
        self.keys_path.unlink()
        self.keys_path.mkdir()
        self.assert_refused(self.enroll(), 500, "internal server error")
        self.assertIn("a key could not be enrolled", self.agent.log())
        self.assertEqual(self.ask_signed(self.owner).status, 200)
        self.keys_path.rmdir()
        self.write_keys(self.owner)
        self.assertEqual(self.enroll().status, 200)

    def test_ten_wrong_attempts_of_either_kind(self):
        for _ in range(10):
            self.enroll(token="wrong", source="127.0.0.2")
            self.post("rubbish", "127.0.0.3")
        for source in ("127.0.0.2", "127.0.0.3"):
            answer = self.enroll(source=source)
            self.assert_refused(answer, 429, "too many requests")
            self.assertIn(int(answer.headers["Retry-After"]), range(1, 61))
        # Wrong tokens are failures like any other; rubbish is not.
        self.assertEqual(self.ask(source="127.0.0.2").status, 429)
        self.assertEqual(self.ask(source="127.0.0.3").status, 401)
        self.assertEqual(self.enroll().status, 200)

    def test_other_methods(self):
        answer = self.ask("GET", "/api/portwing/enroll")
        self.assertEqual((answer.status, answer.headers["Allow"]), (405, "POST"))

    def test_enrolling_a_known_key_does_not_list_it_twice(self):
        self.assertEqual(self.enroll(self.owner).status, 200)
        self.assertEqual(self.keys_path.read_text(), self.owner.authorized_line())


if __name__ == "__main__":
    unittest.main()
