#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The Debian package and its service under a real systemd, which is process 1 of namespaces of its own. That Debian is a
small one: what is missing there is missing in the package's dependencies."""

import os
import re
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from scratch_root import ScratchRoot, find_package, needs_of, next_version

BOOT = Path(__file__).with_name("boot_root.sh")
SPACES = ("--mount", "--pid", "--uts", "--ipc", "--net", "--cgroup")
# Short enough to wait for, and long enough for an agent that has to share its processor with others.
WATCHDOG_SECONDS = 6
TESTING = f"[Service]\nWatchdogSec={WATCHDOG_SECONDS}\nRestartSec=100ms\n"


def cgroup2():
    """Where the unified hierarchy is mounted; None on hosts without it."""
    found = re.search(r"(?m)^\S+ (\S+) cgroup2 ", Path("/proc/self/mounts").read_text(encoding="utf-8"))
    return Path(found[1]) if found else None


class BootedRoot(ScratchRoot):
    """A scratch root in which systemd runs."""

    def __init__(self, *packages):
        super().__init__(*packages)
        for name in ("proc", "run"):
            subprocess.run(["umount", "-l", str(self.path / name)], check=True)
        self.group = cgroup2() / f"lookout-test-{os.getpid()}"
        self.group.mkdir()
        self.log = open(self.path / "boot.log", "w", encoding="utf-8")
        # The group that it is in when it gets its namespace is the root of the hierarchy that systemd sees.
        enter = 'echo $$ > "$0/cgroup.procs"; exec unshare --fork --kill-child "$@"'
        self.unshare = subprocess.Popen(["sh", "-c", enter, self.group, *SPACES, BOOT, self.path], stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log)
        self.systemd = self.first_process()
        self.wait_for("systemd", lambda: self.run("systemctl", "is-system-running", status=None).strip() == "running")
        # No loopback comes up by itself in a network namespace.
        subprocess.run(["nsenter", "-t", str(self.systemd), "--net", "ip", "link", "set", "lo", "up"], check=True)

    def first_process(self):
        children = Path(f"/proc/{self.unshare.pid}/task/{self.unshare.pid}/children")
        self.wait_for("a first process", lambda: children.read_text(encoding="utf-8").strip())
        return int(children.read_text(encoding="utf-8").split()[0])

    def close(self):
        os.kill(self.systemd, signal.SIGKILL)
        self.unshare.wait(timeout=20)
        self.log.close()
        for folder in sorted(self.group.rglob("*"), reverse=True):
            if folder.is_dir():
                folder.rmdir()
        self.group.rmdir()
        super().close()

    def run(self, *command, status=0, **options):
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "HOME": "/root"}
        done = subprocess.run(["nsenter", "-t", str(self.systemd), *SPACES, *map(str, command)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=120, check=False, env=environment, **options)
        if status is not None and done.returncode != status:
            raise AssertionError(f"{command}: exit status {done.returncode}\n{done.stdout}{self.journal()}")
        return done.stdout

    def journal(self):
        return subprocess.run(["nsenter", "-t", str(self.systemd), *SPACES, "journalctl", "-u", "lookout", "-n", "50", "--no-pager"],
                              capture_output=True, text=True, check=False).stdout

    def add(self, file):
        target = self.path / "root" / Path(file).name
        target.write_bytes(Path(file).read_bytes())
        return f"/root/{target.name}"

    def show(self, name):
        return self.run("systemctl", "show", "-P", name, "lookout.service").strip()

    def main_file(self, name):
        """A file in /proc of the service's process."""
        return self.run("cat", f"/proc/{self.show('MainPID')}/{name}")

    def wait_for(self, what, condition, seconds=30):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"no {what} within {seconds} s\n{self.journal()}")
            time.sleep(0.05)


@unittest.skipUnless(cgroup2(), "there is no cgroup2 here")
class ServiceTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.package = find_package("lookout_*.deb")
        cls.root = BootedRoot(*needs_of(cls.package))
        cls.addClassCleanup(cls.root.close)

    def set_line(self, line):
        """Adds a line to the configuration."""
        with open(self.root.path / "etc/lookout/lookout.conf", "a", encoding="utf-8") as file:
            file.write(line + "\n")

    def upgrade(self):
        with tempfile.TemporaryDirectory() as folder:
            self.root.run("dpkg", "-i", self.root.add(next_version(self.package, folder)))

    def check_rights(self):
        status = self.root.main_file("status")
        uid, _ = self.root.account()
        self.assertIn(f"Uid:\t{uid}\t{uid}\t{uid}\t{uid}", status)
        for line in ("CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"):
            self.assertIn(line, status)
        self.assertNotIn("sandbox is not complete", self.root.journal())
        environment = self.root.main_file("environ")
        self.assertIn("CREDENTIALS_DIRECTORY=/run/credentials/lookout.service", environment)
        self.assertNotRegex(environment, "PRIVATE|TOKEN|DRYDOCK")

    def test_life_of_the_service(self):
        root = self.root
        with self.subTest("install"):
            self.assertIn("the configuration is not complete", root.run("dpkg", "-i", root.add(self.package)))
            self.assertEqual((root.show("ActiveState"), root.show("UnitFileState")), ("inactive", "disabled"))
        with self.subTest("configured and started: READY=1 was said, with the key as a credential"):
            root.run("lookout", "keygen", "--out", "/etc/lookout/credentials/private-key")
            self.set_line("DRYDOCK_URL = ws://127.0.0.1:9")
            root.run("dpkg-reconfigure", "lookout")
            self.assertEqual((root.show("ActiveState"), root.show("UnitFileState")), ("active", "enabled"))
            root.wait_for("status", lambda: "not connected to the controller" in root.show("StatusText"))
            self.check_rights()
        with self.subTest("reload"):
            main = root.show("MainPID")
            root.run("systemctl", "reload", "lookout")
            self.assertEqual((root.show("MainPID"), root.show("ActiveState")), (main, "active"))
        with self.subTest("upgrade"):
            self.upgrade()
            self.assertNotIn(root.show("MainPID"), (main, "0"))
            self.assertEqual((root.show("ActiveState"), root.show("Result")), ("active", "success"))
            self.assertNotIn("killed", root.journal())
        with self.subTest("a loop that stands still"):
            self.standstill()
        with self.subTest("a wrong configuration is not tried again"):
            self.set_line("PORT = none")
            root.run("systemctl", "restart", "lookout", status=None)
            root.wait_for("failure", lambda: root.show("ActiveState") == "failed")
            self.assertEqual((root.show("ExecMainStatus"), root.show("NRestarts")), ("78", "0"))
            root.run("sed", "-i", "/PORT = none/d", "/etc/lookout/lookout.conf")
        with self.subTest("socket activation"):
            self.activation()
        with self.subTest("remove and purge"):
            root.run("dpkg", "--remove", "lookout")
            self.assertEqual((self.root.group / "system.slice/lookout.service").exists(), False)
            self.assertNotIn("127.0.0.1:3000", self.listening())
            root.run("dpkg", "--purge", "lookout")
            for name in ("etc/lookout", "var/lib/lookout", "var/log/lookout"):
                self.assertFalse((root.path / name).exists(), name)

    def standstill(self):
        root = self.root
        drop_in = root.path / "etc/systemd/system/lookout.service.d/testing.conf"
        drop_in.parent.mkdir()
        drop_in.write_text(TESTING)
        root.run("systemctl", "daemon-reload")
        root.run("systemctl", "restart", "lookout")
        main = root.show("MainPID")
        time.sleep(WATCHDOG_SECONDS + 1)  # a loop that runs is left alone
        self.assertEqual((root.show("MainPID"), root.show("NRestarts")), (main, "0"))
        root.run("sh", "-c", f"kill -STOP {main}")
        root.wait_for("restart", lambda: root.show("NRestarts") == "1" and root.show("ActiveState") == "active")
        self.assertNotEqual(root.show("MainPID"), main)
        self.assertIn("Watchdog timeout", root.journal())

    def listening(self):
        return subprocess.run(["nsenter", "-t", str(self.root.systemd), "--net", "ss", "-ltnH"], check=True, capture_output=True,
                              text=True).stdout

    def activation(self):
        root = self.root
        root.run("systemctl", "stop", "lookout")
        root.run("systemctl", "reset-failed", "lookout")
        root.run("systemctl", "enable", "--now", "lookout.socket")
        self.assertEqual(root.show("ActiveState"), "inactive")
        self.assertIn("127.0.0.1:3000", self.listening())
        self.assertIn("live", root.run("lookout", "health"))
        self.assertEqual(root.show("ActiveState"), "active")
        self.assertIn("LISTEN_FDS=1", root.main_file("environ"))
        # The port stays open while the agent is restarted.
        root.run("systemctl", "restart", "lookout")
        self.assertIn("live", root.run("lookout", "health"))


if __name__ == "__main__":
    unittest.main()
