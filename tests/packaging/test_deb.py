#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The Debian package from its installation to its removal, in a Debian of its own without a running systemd."""

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from scratch_root import ScratchRoot, find_package, next_version

LINK = "etc/systemd/system/multi-user.target.wants/lookout.service"


class DebTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = ScratchRoot()
        cls.addClassCleanup(cls.root.close)
        cls.root.run("apt-get", "-qq", "update")
        cls.package = find_package("lookout_*.deb")
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.next = next_version(cls.package, cls.folder.name)
        cls.scripts = Path(cls.folder.name)

    def install(self, package):
        return self.root.run("apt-get", "-qq", "install", "-y", "--no-install-recommends", "--allow-downgrades",
                             self.root.add(package))

    def again(self, script, *arguments):
        """Runs one of the package's scripts as dpkg does."""
        kept = self.scripts / f"lookout.{script}"
        current = self.root.path / "var/lib/dpkg/info" / kept.name
        if current.exists():
            shutil.copy(current, kept)
        return self.root.run(self.root.add(kept), *arguments,
                             env={"DPKG_MAINTSCRIPT_PACKAGE": "lookout", "DPKG_MAINTSCRIPT_NAME": script})

    def postinst_again(self):
        return self.again("postinst", "configure", "0.0.1")

    def test_life_of_the_package(self):
        with self.subTest("install"):
            said = self.install(self.package)
            self.assertIn("lookout: the configuration is not complete, so the service is not started", said)
            self.assertIn("/usr/libexec/lookout/check-service && systemctl enable --now lookout", said)
            self.assertFalse(self.root.is_enabled())
            self.assertIn("lookout 0.", "lookout " + self.root.run("lookout", "version"))
        uid, gid = self.root.account()
        with self.subTest("accounts and modes"):
            self.assertTrue(0 < uid < 1000)
            self.assertRegex((self.root.path / "etc/group").read_text(), r"(?m)^docker:x:\d+:lookout$")
            self.assertEqual(self.root.mode("etc/lookout"), (0o750, 0, gid))
            self.assertEqual(self.root.mode("etc/lookout/lookout.conf"), (0o640, 0, gid))
            self.assertEqual(self.root.mode("etc/lookout/credentials"), (0o700, 0, 0))
            self.assertEqual(self.root.mode("var/lib/lookout"), (0o700, uid, gid))
            self.root.run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "cat", "/etc/lookout/lookout.conf",
                          status=1)
        with self.subTest("configure"):
            self.root.configure()
            self.root.run("setpriv", "--reuid=lookout", "--regid=lookout", "--init-groups", "cat",
                          "/etc/lookout/credentials/private-key", status=1)
            self.assertEqual([path.name for path in (self.root.path / "run").glob("lookout-check.*")], [])
            self.root.run("dpkg-reconfigure", "lookout")
            self.assertTrue(self.root.is_enabled())
        with self.subTest("start"):
            code, status, log = self.root.run_service()
            self.assertEqual(code, 0, log)
            self.assertIn(f"Uid:\t{uid}\t{uid}\t{uid}\t{uid}", status)
            self.assertIn("CapEff:\t0000000000000000", status)
            self.assertIn("CapBnd:\t0000000000000000", status)
            self.assertIn("NoNewPrivs:\t1", status)
            self.assertNotIn("sandbox is not complete", log)
        conf = (self.root.path / "etc/lookout/lookout.conf").read_text()
        with self.subTest("upgrade"):
            self.install(self.next)
            self.assertTrue(self.root.is_enabled())
            self.assertEqual((self.root.path / "etc/lookout/lookout.conf").read_text(), conf)
            self.assertEqual(self.root.run_service()[0], 0)
        with self.subTest("scripts run twice"):
            for arguments in (("postinst", "configure", "0.0.1"), ("prerm", "upgrade", "0.0.1"), ("postrm", "upgrade", "0.0.1")):
                self.again(*arguments)
                self.again(*arguments)
            self.assertTrue(self.root.is_enabled())
            self.assertEqual((self.root.path / "etc/lookout/lookout.conf").read_text(), conf)
            self.assertTrue((self.root.path / "var/lib/lookout/agent-id").exists())
        with self.subTest("switched off stays off"):
            (self.root.path / LINK).unlink()
            self.postinst_again()
            self.assertFalse(self.root.is_enabled())
            self.root.run("dpkg-reconfigure", "lookout")
            self.assertTrue(self.root.is_enabled())
        with self.subTest("remove"):
            self.again("prerm", "remove")
            self.again("prerm", "remove")
            self.root.run("apt-get", "-qq", "remove", "-y", "lookout")
            self.assertFalse((self.root.path / "usr/bin/lookout").exists())
            self.assertEqual((self.root.path / "etc/lookout/lookout.conf").read_text(), conf)
            self.again("postrm", "remove")
            self.assertTrue((self.root.path / "var/lib/lookout/agent-id").exists())
        with self.subTest("purge"):
            self.again("postrm", "purge")
            self.root.run("dpkg", "--purge", "lookout")
            self.again("postrm", "purge")
            for name in ("etc/lookout", "var/lib/lookout", "var/log/lookout", LINK, "lib/systemd/system/lookout.service"):
                self.assertFalse((self.root.path / name).exists() or (self.root.path / name).is_symlink(), name)
            # The account stays, so that no other gets its number and what it has written elsewhere.
            self.assertEqual(self.root.account(), (uid, gid))
        with self.subTest("again"):
            self.assertIn("the configuration is not complete", self.install(self.package))
            self.assertEqual(self.root.account(), (uid, gid))

    def test_dependencies_are_real(self):
        shown = subprocess.run(["dpkg-deb", "-f", str(self.package), "Depends"], check=True, capture_output=True, text=True).stdout
        for name in ("libc6", "libssl3", "libcurl4", "libsodium23", "libseccomp2", "libwebsockets17"):
            self.assertRegex(shown, rf"\b{name} \(>=")
        self.assertNotIn("libfmt", shown)  # compiled in
        self.assertRegex(shown, r"\blibc6 \(>= 2\.36\)")  # what loads packed relocations
        listed = subprocess.run(["dpkg-deb", "-c", str(self.package)], check=True, capture_output=True, text=True).stdout
        self.assertNotRegex(listed, r"\.so(\.|$)")


if __name__ == "__main__":
    unittest.main()
