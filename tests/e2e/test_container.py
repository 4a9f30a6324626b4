#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The container image, built and run on a private engine as the examples run it: without root, capabilities, a writable
root or a shell."""

import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import unittest
from pathlib import Path

import yaml

from harness.certificates import Authority
from harness.engine import Engine
from harness.lookout import LOOKOUT, free_port
from harness.waiting import wait_until
from harness.world import WorldCase

ROOT = Path(__file__).resolve().parents[2]
CONTAINER = ROOT / "packaging/container"
IMAGE = "lookout:test"
USER = 65532
LOCKED = ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges:true", "--memory=256m", "--pids-limit=64",
          "--tmpfs=/tmp", f"--tmpfs=/var/lib/lookout:uid={USER},gid={USER},mode=0700"]


@unittest.skipIf(os.environ.get("E2E_SANITIZED"), "a program with sanitizers is not what the image is made for")
class ContainerTest(WorldCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="lk")
        cls.addClassCleanup(folder.cleanup)
        cls.engine = Engine(Path(folder.name) / "engine")
        cls.addClassCleanup(cls.engine.close)
        cls.engine.start()
        cls.environment = {**os.environ, "DOCKER_HOST": f"unix://{cls.engine.socket}"}
        built = subprocess.run([CONTAINER / "build_image.sh", LOOKOUT, IMAGE], env=cls.environment, capture_output=True,
                               text=True, check=False)
        assert built.returncode == 0, built.stdout + built.stderr

    def docker(self, *arguments, status=0):
        done = subprocess.run(["docker", *map(str, arguments)], env=self.environment, capture_output=True, text=True,
                              check=False, timeout=120)
        if status is not None:
            self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return (done.stdout + done.stderr).strip()

    def inspect(self, name):
        return json.loads(self.docker("inspect", name))[0]

    def make_secrets(self, **files):
        """A folder with the world's key and other files, as the agent's user must own them."""
        secrets = self.world.folder / "secrets"
        secrets.mkdir()
        for name, content in {"key.pem": self.world.key.path.read_bytes(), **files}.items():
            path = secrets / name
            path.write_bytes(content)
            path.chmod(0o400)
            os.chown(path, USER, USER)
        return secrets

    def start(self, name, url, *options):
        """An agent with the engine's own socket, and the world's key in a folder of secrets."""
        secrets = self.make_secrets()
        socket = self.engine.socket
        self.docker("run", "-d", "--name", name, "--health-interval=1s", "-v", f"{socket}:/var/run/docker.sock",
                    f"--group-add={os.stat(socket).st_gid}", "-v", f"{secrets}:/secrets:ro", "-e", f"DRYDOCK_URL={url}",
                    "-e", "PRIVATE_KEY_FILE=/secrets/key.pem", "-e", f"AGENT_NAME={name}", "-e", f"PORT={free_port()}",
                    *options, IMAGE)
        self.addCleanup(self.docker, "rm", "-f", name, status=None)

    def start_example(self, name, **changes):
        """The compose file of that name as it stands, but for what can only be known here."""
        service = {"image": IMAGE, "volumes": [f"{self.engine.socket}:/var/run/docker.sock",
                                               f"{self.world.folder}/secrets:/secrets:ro"], **changes}
        override = self.world.folder / "override.json"
        override.write_text(json.dumps({"version": "3.8", "services": {"lookout": service}}))
        compose = ["docker-compose", "-p", "example", "-f", ROOT / "examples/compose" / name, "-f", override]
        environment = {**self.environment, "DOCKER_GID": str(os.stat(self.engine.socket).st_gid), "HOSTNAME": "composed"}

        def run(*arguments):
            done = subprocess.run([*compose, *arguments], env=environment, capture_output=True, text=True, check=False,
                                  timeout=120)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.addCleanup(run, "down", "-v", "-t", "5")
        run("up", "-d")
        return "example_lookout_1"

    def has_health(self, name, health):
        state = self.inspect(name)["State"]
        self.assertTrue(state["Running"], self.docker("logs", name))
        return state["Health"]["Status"] == health

    def test_the_image_holds_one_program_and_no_shell(self):
        image = self.inspect(IMAGE)
        self.assertEqual(image["Config"]["User"], f"{USER}:{USER}")
        self.assertEqual(image["Config"]["Healthcheck"]["Test"], ["CMD", "/usr/bin/lookout", "health"])
        self.assertLess(image["Size"], 64 << 20)
        self.assertIn("0.", self.docker("run", "--rm", "--network=none", IMAGE, "version"))
        self.docker("create", "--name", "content", IMAGE)
        self.addCleanup(self.docker, "rm", "-f", "content", status=None)
        tar = self.world.folder / "content.tar"
        self.docker("export", "-o", tar, "content")
        with tarfile.open(tar) as entries:
            files = {entry.name: entry for entry in entries if entry.isfile()}
        # The engine adds its own files, as etc/hosts, dev/console and .dockerenv.
        programs = [name for name, entry in files.items()
                    if entry.mode & 0o111 and ".so" not in name and not name.startswith(("etc/", "dev/", ".dockerenv"))]
        self.assertEqual(programs, ["usr/bin/lookout"])
        self.assertFalse([name for name, entry in files.items() if entry.mode & 0o6022])
        for name in ("lookout/lookout.spdx.json", "lookout/copyright", "libcurl4/copyright", "libc6/copyright"):
            self.assertIn("usr/share/doc/" + name, files)

    def test_a_locked_down_agent_does_its_work_and_ends_when_told(self):
        hub = self.world.start_hub()
        self.start("locked", hub.url, "--network=host", *LOCKED)
        hub.wait_for_agent("locked")
        wait_until("the health check", lambda: self.has_health("locked", "healthy"), 60)
        self.docker("exec", "locked", "/usr/bin/lookout", "health", "--ready")
        status, _, containers = hub.http("locked", "GET", "/containers/json")
        self.assertEqual((status, [c["Names"] for c in json.loads(containers)]), (200, [["/locked"]]))
        text = Path(f"/proc/{self.inspect('locked')['State']['Pid']}/status").read_text(encoding="utf-8")
        for line in (f"Uid:\t{USER}\t{USER}\t{USER}\t{USER}", "CapEff:\t0000000000000000", "CapBnd:\t0000000000000000",
                     "NoNewPrivs:\t1", "Seccomp:\t2"):
            self.assertIn(line, text)
        log = self.docker("logs", "locked")
        self.assertNotIn("id is not kept", log)
        self.docker("stop", "-t", "10", "locked")
        self.assertEqual(self.inspect("locked")["State"]["ExitCode"], 0)

    def test_the_images_own_certificates_are_those_that_are_trusted(self):
        authority = Authority(self.world.folder / "authority")
        certificate, key = authority.issue("hub", ["IP:127.0.0.1"])
        hub = self.world.start_hub("--cert", certificate, "--key", key)
        authority.certificate.chmod(0o644)
        self.start("trusting", hub.url, "--network=host", "-v",
                   f"{authority.certificate}:/etc/ssl/certs/ca-certificates.crt:ro", *LOCKED)
        hub.wait_for_agent("trusting")

    def test_ill_health_is_seen(self):
        self.start("ill", "ws://127.0.0.1:9", "--network=none", *LOCKED)
        wait_until("the health check", lambda: self.has_health("ill", "healthy"), 60)
        answer = self.docker("exec", "ill", "/usr/bin/lookout", "health", "--ready", status=1)
        self.assertIn('"controller":"disconnected"', answer)
        self.docker("exec", "-e", "PORT=1", "ill", "/usr/bin/lookout", "health", status=1)


    @unittest.skipUnless(shutil.which("docker-compose"), "docker-compose is not installed; run make deps")
    def test_the_example_that_dials_runs_as_it_stands(self):
        hub = self.world.start_hub()
        self.make_secrets()
        name = self.start_example("edge.yaml", network_mode="host",
                                  environment={"DRYDOCK_URL": hub.url, "PORT": free_port()})
        hub.wait_for_agent("composed")
        wait_until("the host's figures", lambda: hub.frames("composed", "metrics"))
        log = self.docker("logs", name)
        self.assertNotIn("id is not kept", log)
        self.assertNotIn("/host/proc", log)

    @unittest.skipUnless(shutil.which("docker-compose"), "docker-compose is not installed; run make deps")
    def test_the_example_that_listens_runs_as_it_stands(self):
        authority = Authority(self.world.folder / "authority")
        certificate, key = authority.issue("agent", ["IP:127.0.0.1"])
        hashed = subprocess.run([LOOKOUT, "hash-token"], input="a token of some length\n", capture_output=True, text=True,
                                check=True).stdout
        self.make_secrets(**{"token-hash": hashed.encode(), "tls.crt": certificate.read_bytes(),
                             "tls.key": key.read_bytes()})
        name = self.start_example("standard.yaml", network_mode="none")
        command = ["docker", "exec", name, "/usr/bin/lookout", "health", "--ready"]
        wait_until("readiness", lambda: subprocess.run(command, env=self.environment, capture_output=True,
                                                       check=False).returncode == 0)


    def mount_as_kubernetes(self):
        """A secret as Kubernetes lays it out for a pod with an fsGroup: links to a file of root that the group may read."""
        folder = self.world.folder / "mounted"
        (folder / "..2026").mkdir(parents=True)
        key = folder / "..2026/private-key"
        key.write_bytes(self.world.key.path.read_bytes())
        os.chown(key, 0, USER)
        key.chmod(0o440)
        (folder / "..data").symlink_to("..2026")
        (folder / "private-key").symlink_to("..data/private-key")
        return folder

    def test_the_container_of_the_manifest_runs(self):
        pod = yaml.safe_load((ROOT / "examples/kubernetes/lookout.yaml").read_text())["spec"]["template"]["spec"]
        container, user = pod["containers"][0], pod["securityContext"]
        hub = self.world.start_hub()
        settings = {entry["name"]: entry.get("value", "node") for entry in container["env"]}
        settings.update(DRYDOCK_URL=hub.url, PORT=free_port())
        places = {"docker": self.engine.socket, "key": f"{self.mount_as_kubernetes()}"}
        options = [f"--env={name}={value}" for name, value in settings.items()]
        for mount in container["volumeMounts"]:
            path = mount["mountPath"]
            options.append(f"--volume={places[mount['name']]}:{path}" if mount["name"] in places else
                           f"--tmpfs={path}:uid={USER},gid={USER},mode=0700")
        self.docker("run", "-d", "--name=node", "--network=host", f"--user={user['runAsUser']}:{user['runAsGroup']}",
                    f"--group-add={os.stat(self.engine.socket).st_gid}", "--read-only", "--cap-drop=ALL",
                    "--security-opt=no-new-privileges:true", *options, IMAGE)
        self.addCleanup(self.docker, "rm", "-f", "node", status=None)
        hub.wait_for_agent("node")
        for probe in ("livenessProbe", "readinessProbe"):
            self.docker("exec", "node", *container[probe]["exec"]["command"])


@unittest.skipIf(os.environ.get("E2E_SANITIZED"), "a program with sanitizers is not what the image is made for")
class RootFileSystemTest(unittest.TestCase):
    def test_the_same_files_give_the_same_bytes(self):
        with tempfile.TemporaryDirectory(prefix="lk") as folder:
            tars = [Path(folder) / name for name in ("first.tar", "second.tar")]
            builds = [subprocess.Popen([CONTAINER / "build_rootfs.py", "--version", "1", LOOKOUT, tar],
                                       env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}) for tar in tars]
            self.assertEqual([build.wait(300) for build in builds], [0, 0])
            self.assertEqual(*(tar.read_bytes() for tar in tars))


if __name__ == "__main__":
    unittest.main()
