#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The container image, built and run on a private engine."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from scratch_root import find_package

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))
from harness.engine import Engine  # noqa: E402
from harness.waiting import wait_until  # noqa: E402

IMAGE = "lookout:test"


class ImageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="lk")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.engine = Engine(Path(cls.folder.name) / "engine")
        cls.engine.start()
        cls.addClassCleanup(cls.engine.close)
        cls.environment = {**os.environ, "DOCKER_HOST": f"unix://{cls.engine.socket}"}
        built = subprocess.run([ROOT / "packaging/container/build_image.sh", find_package("lookout_*.deb"), IMAGE],
                               env=cls.environment, capture_output=True, text=True, check=False)
        if built.returncode != 0:
            raise AssertionError(built.stdout + built.stderr)

    def docker(self, *arguments, status=0):
        done = subprocess.run(["docker", *map(str, arguments)], env=self.environment, capture_output=True, text=True,
                              check=False, timeout=120)
        if status is not None:
            self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return (done.stdout + done.stderr).strip()

    def start(self, name, *options):
        secrets = Path(self.folder.name) / "secrets"
        secrets.mkdir(exist_ok=True)
        key = secrets / "key.pem"
        if not key.exists():
            made = self.docker("run", "--rm", "--network=none", IMAGE, "keygen").split("-----END PRIVATE KEY-----")[0]
            key.write_text(made[made.index("-----BEGIN"):] + "-----END PRIVATE KEY-----\n")
            key.chmod(0o400)
            os.chown(key, 65532, 65532)
        socket = self.engine.socket
        self.docker("run", "-d", "--name", name, "--network=none", "--health-interval=1s",
                    "-v", f"{socket}:/var/run/docker.sock", f"--group-add={os.stat(socket).st_gid}",
                    "-v", f"{secrets}:/secrets:ro", "-e", "DRYDOCK_URL=ws://127.0.0.1:9",
                    "-e", "PRIVATE_KEY_FILE=/secrets/key.pem", *options, IMAGE)
        self.addCleanup(self.docker, "rm", "-f", name, status=None)

    def inspect(self, name):
        return json.loads(self.docker("inspect", name))[0]

    def test_what_is_in_it(self):
        image = self.inspect(IMAGE)
        self.assertEqual(image["Config"]["User"], "65532:65532")
        self.assertEqual(image["Config"]["Healthcheck"]["Test"], ["CMD", "/usr/bin/lookout", "health"])
        self.assertLess(image["Size"], 64 << 20)
        self.assertIn("0.", self.docker("run", "--rm", "--network=none", IMAGE, "version"))
        self.assertIn("executable file not found", self.docker("run", "--rm", "--network=none", "--entrypoint=sh", IMAGE,
                                                                status=127))

    def test_locked_down_container(self):
        self.start("locked", "--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges:true",
                   "--memory=256m", "--pids-limit=64")
        wait_until("the health check", lambda: self.inspect("locked")["State"]["Health"]["Status"] == "healthy", 60)
        pid = self.inspect("locked")["State"]["Pid"]
        status = Path(f"/proc/{pid}/status").read_text()
        for line in ("Uid:\t65532\t65532\t65532\t65532", "CapEff:\t0000000000000000", "CapBnd:\t0000000000000000",
                     "NoNewPrivs:\t1", "Seccomp:\t2"):
            self.assertIn(line, status)
        log = self.docker("logs", "locked")
        self.assertIn("Docker is there", log)
        self.assertNotIn("sandbox is not complete", log)
        self.assertNotIn("the agent's id is not kept", log)
        self.docker("stop", "-t", "10", "locked")
        self.assertEqual(self.inspect("locked")["State"]["ExitCode"], 0)

    def test_ill_health_is_seen(self):
        self.start("ill")
        wait_until("the agent", lambda: self.docker("exec", "ill", "lookout", "health", status=None).startswith("{"), 60)
        # The controller is not there, and nobody listens on port 1.
        self.assertIn('"controller":"disconnected"', self.docker("exec", "ill", "lookout", "health", "--ready", status=1))
        self.assertIn("cannot reach the agent", self.docker("exec", "-e", "PORT=1", "ill", "lookout", "health", status=1))


if __name__ == "__main__":
    unittest.main()
