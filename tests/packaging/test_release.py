#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Signing and checking a release as the documents say, and the limits that the policy names."""

import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOOKOUT = Path(os.environ["LOOKOUT"])
POLICY = (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def run(*command, folder=None, **options):
    return subprocess.run([str(c) for c in command], cwd=folder, capture_output=True, text=True, check=False, timeout=60,
                          **options)


def documented_checks():
    """The two commands of the policy's last block: ours, and the one of openssl and sha256sum."""
    block = POLICY.split("## Checking a release")[1].split("```sh\n")[1].split("```")[0]
    return [line for line in block.splitlines() if not line.startswith("#")]


class SignedReleaseTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="lk")
        self.addCleanup(folder.cleanup)
        self.base = Path(folder.name)
        self.release = self.base / "release"
        self.release.mkdir()
        (self.release / "lookout_1_amd64.deb").write_bytes(os.urandom(100000))
        (self.release / "lookout-1.x86_64.rpm").write_bytes(b"rpm")
        self.key = self.make_key("release")

    def make_key(self, name):
        key = self.base / f"{name}.pem"
        self.assertEqual(run("openssl", "genpkey", "-algorithm", "ed25519", "-out", key).returncode, 0)
        return key

    def sign(self, key, status=0):
        signed = run(ROOT / "packaging/sign_release.sh", self.release, key)
        self.assertEqual(signed.returncode, status, signed.stderr)
        return signed.stderr

    def verdicts(self):
        """Whether each of the documented commands is content with the release."""
        environment = {**os.environ, "PATH": f"{LOOKOUT.parent}:{os.environ['PATH']}"}
        return [run("sh", "-c", command, folder=self.release, env=environment).returncode == 0
                for command in documented_checks()]

    def test_both_documented_ways_accept_what_was_signed(self):
        self.assertEqual(len(documented_checks()), 2)
        self.sign(self.key)
        self.assertEqual(self.verdicts(), [True, True])
        listed = [line.split("  ")[1] for line in (self.release / "SHA256SUMS").read_text().splitlines()]
        self.assertEqual(listed, ["lookout-1.x86_64.rpm", "lookout_1_amd64.deb", "release-key.pem"])

    def test_both_refuse_a_changed_file(self):
        self.sign(self.key)
        with open(self.release / "lookout_1_amd64.deb", "r+b") as file:
            file.write(b"?")
        self.assertEqual(self.verdicts(), [False, False])

    def test_both_refuse_a_changed_list(self):
        self.sign(self.key)
        with open(self.release / "SHA256SUMS", "a", encoding="utf-8") as file:
            file.write(f"{'0' * 64}  lookout.tar\n")
        self.assertEqual(self.verdicts(), [False, False])

    def test_both_refuse_another_key(self):
        self.sign(self.make_key("other"))
        self.assertEqual(run("openssl", "pkey", "-in", self.key, "-pubout", "-out", self.release / "release-key.pem").returncode, 0)
        self.assertEqual(self.verdicts(), [False, False])

    def test_the_private_key_is_not_released(self):
        key = self.key.rename(self.release / "release.pem")
        self.assertIn("lies among the files", self.sign(key, status=1))
        self.assertFalse((self.release / "SHA256SUMS").exists())


class LimitsTest(unittest.TestCase):
    """The table of limits, against the sources it names."""

    def row(self, what):
        return next(line for line in POLICY.split("## Limits")[1].splitlines() if line.startswith(f"| {what}"))

    def check(self, what, limits):
        row = self.row(what)
        source = (ROOT / re.findall(r"`([^`]+)`", row)[-1]).read_text(encoding="utf-8")
        for said, written in limits.items():
            self.assertIn(said, row)
            self.assertIn(written, source)

    def test_limits_are_what_the_sources_say(self):
        self.check("an HTTP head", {"64 KiB": "kMaxHttpHead = 64 * 1024;", "128 fields": "kMaxHttpFields = 128;"})
        self.check("a signed body", {
            "64 MiB": "kMaxHeldBody = size_t{64} << 20;", "256 KiB": "kMaxHeldInMemory = size_t{256} << 10;",
            "64 at a time": "kMaxHeldBodies = 64;", "8 of them on disk": "kMaxHeldFiles = 8;"})
        self.check("derivations", {"2 at a time": "kMaxDerivations = 2;", "8 waiting": "kMaxWaitingTokens = 8;"})
        self.check("a message", {"16 MiB": "kMaxMessage = 16 * kMiB;"})
        for name in ("kMaxRequests", "kMaxStreams", "kMaxExecSessions"):
            self.check("requests, streams", {"100 of each": f"{name} = 100;"})
        self.check("a compose request", {"32 MiB": "kMaxBody = size_t{32} << 20;", "; 8": "kMaxOperations = 8;"})
        self.check("the service's memory", {"768 MiB": "MemoryMax=768M", "64,": "TasksMax=64", "65536": "LimitNOFILE=65536"})
        for setting in ("NONCE_LRU_SIZE", "MAX_BUFFERED_BYTES"):
            self.assertIn(f"`{setting}`", POLICY)


if __name__ == "__main__":
    unittest.main()
