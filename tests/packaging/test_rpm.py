#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The RPM package's contents and scriptlets, in a root file system of its own. That is a Debian, so that the libraries fit
the program; what it says of dependencies is read, not resolved."""

import subprocess
import unittest

from scratch_root import ScratchRoot, find_package, needs_of


class RpmTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = ScratchRoot(*needs_of(find_package("lookout_*.deb")))
        cls.addClassCleanup(cls.root.close)
        cls.package = find_package("lookout-*.rpm")

    def rpm(self, *arguments, status=0):
        done = subprocess.run(["rpm", "--root", str(self.root.path), *map(str, arguments)], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def query(self, *arguments):
        return subprocess.run(["rpm", "-qp", *arguments, str(self.package)], check=True, capture_output=True,
                              text=True).stdout

    def scriptlet(self, tag, argument):
        self.root.run("sh", "-ec", self.query("--qf", f"%{{{tag}}}"), "scriptlet", argument)

    def test_life_of_the_package(self):
        with self.subTest("install"):
            said = self.rpm("-i", "--nodeps", self.package)
            self.assertIn("lookout: the configuration is not complete", said)
            self.assertFalse(self.root.is_enabled())
        uid, gid = self.root.account()
        with self.subTest("accounts and modes"):
            self.assertRegex((self.root.path / "etc/group").read_text(), r"(?m)^docker:x:\d+:lookout$")
            self.assertEqual(self.root.mode("etc/lookout"), (0o750, 0, gid))
            self.assertEqual(self.root.mode("etc/lookout/lookout.conf"), (0o640, 0, gid))
            self.assertEqual(self.root.mode("etc/lookout/credentials"), (0o700, 0, 0))
            self.assertEqual(self.root.mode("var/lib/lookout"), (0o700, uid, gid))
        with self.subTest("configure and start"):
            self.root.configure()
            code, status, log = self.root.run_service()
            self.assertEqual(code, 0, log)
            self.assertIn(f"Uid:\t{uid}\t{uid}\t{uid}\t{uid}", status)
        with self.subTest("upgrade"):
            conf = (self.root.path / "etc/lookout/lookout.conf").read_text()
            self.rpm("-U", "--nodeps", "--force", self.package)
            self.assertEqual((self.root.path / "etc/lookout/lookout.conf").read_text(), conf)
            self.assertEqual(self.root.account(), (uid, gid))
            self.assertEqual(self.root.run_service()[0], 0)
        with self.subTest("scriptlets run twice"):
            for tag, argument in (("PREIN", 1), ("POSTIN", 2), ("PREUN", 1), ("POSTUN", 1)):
                self.scriptlet(tag, argument)
                self.scriptlet(tag, argument)
            self.assertEqual((self.root.path / "etc/lookout/lookout.conf").read_text(), conf)
            self.assertEqual(self.root.account(), (uid, gid))
        with self.subTest("remove"):
            self.scriptlet("PREUN", 0)
            self.scriptlet("POSTIN", 1)
            self.assertTrue(self.root.is_enabled())
            self.scriptlet("PREUN", 0)
            self.assertFalse(self.root.is_enabled())
            self.rpm("-e", "lookout")
            self.assertFalse((self.root.path / "usr/bin/lookout").exists())
            # What the administrator has written stays, under the name that RPM gives it.
            self.assertTrue((self.root.path / "etc/lookout/lookout.conf.rpmsave").exists())

    def test_dependencies_are_real(self):
        required = self.query("--requires")
        for name in ("libssl.so.3", "libcurl.so.4", "libsodium.so.23", "libseccomp.so.2", "ca-certificates"):
            self.assertIn(name, required)

    def test_the_configuration_is_a_configuration_file(self):
        self.assertEqual(self.query("-c").splitlines(), ["/etc/lookout/lookout.conf"])


if __name__ == "__main__":
    unittest.main()
