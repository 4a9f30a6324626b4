#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The systemd files, checked by systemd's own tools; none of them needs a running systemd."""

import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SYSTEMD = ROOT / "packaging/systemd"
MOST_EXPOSURE = 20  # tenths


def run(*command, **options):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False, timeout=60, **options)


class UnitTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="lookout-units-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def root_with_units(self):
        """A root file system in which the units' programs and accounts are there."""
        units = self.folder / "etc/systemd/system"
        units.mkdir(parents=True)
        for program in ("usr/bin/lookout", "bin/sh", "usr/bin/install"):
            path = self.folder / program
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("#!/bin/sh\n")
            path.chmod(0o755)
        for name in ("lookout.service", "lookout.socket"):
            # Whether the manual is installed here says nothing of the unit.
            text = (SYSTEMD / name).read_text()
            (units / name).write_text(re.sub(r"^Documentation=.*\n", "", text, flags=re.M))
        for target in ("sysinit", "basic", "multi-user", "shutdown", "network-online", "sockets", "paths", "timers"):
            (units / f"{target}.target").write_text("[Unit]\nDescription=stand-in\n")
        return units

    def verify(self):
        result = run("systemd-analyze", "verify", "--root", self.folder, "--man=no", "lookout.service", "lookout.socket")
        return [line for line in (result.stdout + result.stderr).splitlines() if "lookout" in line]

    def test_exposure(self):
        result = run("systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSURE}", "--no-pager",
                     SYSTEMD / "lookout.service")
        self.assertEqual(result.returncode, 0, result.stdout[-500:] + result.stderr)
        self.assertRegex(result.stdout, r"Overall exposure level for lookout.service: [01]\.\d")

    def test_exposure_with_compose(self):
        # The drop-in must not tear a hole.
        merged = self.folder / "lookout.service"
        compose = (SYSTEMD / "compose.conf").read_text()
        merged.write_text((SYSTEMD / "lookout.service").read_text() + compose[compose.index("[Service]"):])
        result = run("systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSURE}", "--no-pager", merged)
        self.assertEqual(result.returncode, 0, result.stdout[-500:] + result.stderr)

    def test_systemd_understands_every_line(self):
        self.root_with_units()
        self.assertEqual(self.verify(), [])

    def test_systemd_understands_every_line_of_the_drop_in(self):
        units = self.root_with_units()
        (units / "lookout.service.d").mkdir()
        shutil.copy(SYSTEMD / "compose.conf", units / "lookout.service.d")
        self.assertEqual(self.verify(), [])

    def test_a_wrong_line_would_be_found(self):
        units = self.root_with_units()
        with open(units / "lookout.service", "a", encoding="utf-8") as file:
            file.write("[Service]\nProtectEverything=yes\n")
        self.assertIn("ProtectEverything", "\n".join(self.verify()))

    def test_what_the_service_must_have(self):
        lines = (SYSTEMD / "lookout.service").read_text().splitlines()
        for line in ("Type=notify", 'ExecReload=/bin/sh -c "kill -HUP $MAINPID"', "Wants=network-online.target docker.service",
                     "LoadCredential=lookout:/etc/lookout/credentials", "StateDirectory=lookout", "User=lookout",
                     "CapabilityBoundingSet=", "ProtectSystem=strict", "RestartPreventExitStatus=64 78"):
            self.assertIn(line, lines)
        names = {line.split("=")[0] for line in lines if "=" in line}
        self.assertLessEqual({"WatchdogSec", "SystemCallFilter", "MemoryMax"}, names)
        self.assertFalse({"Requires", "DynamicUser", "EnvironmentFile"} & names)


    def test_there_is_room_for_what_the_agent_does(self):
        unit = dict(line.split("=", 1) for line in (SYSTEMD / "lookout.service").read_text().splitlines() if "=" in line)
        self.assertGreaterEqual(int(unit["TimeoutStopSec"]), 10)
        limits = (ROOT / "auth/PhcString.hxx").read_text() + (ROOT / "proxy/Limits.hxx").read_text()
        self.assertIn("kMaxDerivations = 2;", limits)
        self.assertIn("kMaxMemoryKib = 256 * 1024;", limits)
        derivations, buffered = 2 * 256, 32
        self.assertGreaterEqual(int(unit["MemoryMax"].removesuffix("M")), derivations + buffered + 64)


class AccountTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="lookout-root-"))
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "etc").mkdir()
        self.entry = SYSTEMD / "lookout.sysusers"

    def make_account(self):
        result = run("systemd-sysusers", "--root", self.folder, self.entry)
        self.assertEqual(result.returncode, 0, result.stderr)
        return (self.folder / "etc/passwd").read_text(), (self.folder / "etc/group").read_text()

    def test_a_system_account_without_a_shell_in_the_engines_group(self):
        passwd, group = self.make_account()
        fields = next(line for line in passwd.splitlines() if line.startswith("lookout:")).split(":")
        self.assertTrue(0 < int(fields[2]) < 1000, fields)
        self.assertEqual(fields[5:], ["/var/lib/lookout", "/usr/sbin/nologin"])
        self.assertRegex(group, r"(?m)^docker:x:\d+:lookout$")
        # Locked: no password fits.
        shadow = (self.folder / "etc/shadow").read_text()
        self.assertRegex(shadow, r"(?m)^lookout:!\*?:")

    def test_twice_is_once(self):
        self.assertEqual(self.make_account(), self.make_account())

    def test_an_existing_group_is_joined(self):
        (self.folder / "etc/group").write_text("root:x:0:\ndocker:x:4711:somebody\n")
        _, group = self.make_account()
        self.assertRegex(group, r"(?m)^docker:x:4711:lookout,somebody$")

    def test_the_state_directory_is_private(self):
        self.make_account()
        result = run("systemd-tmpfiles", "--create", "--root", self.folder, SYSTEMD / "lookout.tmpfiles")
        self.assertEqual(result.returncode, 0, result.stderr)
        state = (self.folder / "var/lib/lookout").stat()
        self.assertEqual(state.st_mode & 0o7777, 0o700)
        uid = int(re.search(r"(?m)^lookout:x:(\d+):", (self.folder / "etc/passwd").read_text())[1])
        self.assertEqual(state.st_uid, uid)


if __name__ == "__main__":
    unittest.main()
