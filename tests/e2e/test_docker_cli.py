#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Debian's docker program through the agent's listener: by `lookout connect`, and directly with a client certificate.
And curl and openssl s_client, as clients that were not made for it either."""

import hashlib
import os
import subprocess
import tarfile
import unittest
from pathlib import Path

from harness.certificates import Authority
from harness.docker_cli import DockerCli
from harness.engine import IMAGE, why_not
from harness.keys import Key
from harness.lookout import LOOKOUT, free_port
from harness.process import Process
from harness.waiting import wait_until
from harness.world import World

TOKEN = "a-token-of-some-length"
PLAIN = ("--network", "none")


class Shared:
    def start(self):
        reason = why_not()
        if reason and not os.environ.get("CI"):
            raise unittest.SkipTest(reason)
        self.world = World()
        unittest.addModuleCleanup(self.world.close)
        self.folder = self.world.folder
        self.engine = self.world.start_engine()
        self.authority = Authority(self.folder / "server-ca")
        self.clients = Authority(self.folder / "client-ca", "Client CA")
        self.strangers = Authority(self.folder / "strangers", "Strangers")
        self.key = Key(self.folder / "client.key")
        self.start_agent()

    def start_agent(self):
        certificate, key = self.authority.issue("agent", ["IP:127.0.0.1", "DNS:localhost"])
        os.chmod(key, 0o600)
        keys = self.folder / "authorized_keys"
        keys.write_text(self.key.authorized_line())
        keys.chmod(0o600)
        self.port = free_port()
        self.agent = self.world.make_agent(
            None, self.engine.socket, DRYDOCK_URL=None, PRIVATE_KEY_FILE=None, BIND_ADDRESS="127.0.0.1", PORT=self.port,
            TLS_CERT=certificate, TLS_KEY=key, TLS_CLIENT_CA=self.clients.certificate, TOKEN=TOKEN, AUTHORIZED_KEYS=keys)
        self.agent.start()
        self.agent.process.wait_for_log("requests are served")

    def client_certificate(self, authority=None):
        certificate, key = (authority or self.clients).issue("docker", ["DNS:client"])
        os.chmod(key, 0o600)
        return certificate, key

    def connect(self, name, *credential):
        """(docker, process) that goes through `lookout connect`."""
        socket = self.folder / f"{name}.sock"
        process = Process(
            [LOOKOUT, "connect", "--url", f"https://127.0.0.1:{self.port}", "--ca", self.authority.certificate,
             "--listen", socket, *credential], self.folder / f"{name}.log")
        unittest.addModuleCleanup(process.stop)
        process.wait_for_log(f"export DOCKER_HOST=unix://{socket}")
        return DockerCli(self.folder, DOCKER_HOST=f"unix://{socket}"), process


SHARED = Shared()


def setUpModule():
    SHARED.start()


class DockerScenarios:
    """What docker can do; a subclass says how it gets to the agent."""

    docker: DockerCli

    def setUp(self):
        self.label = type(self).__name__.lower()
        self.folder = SHARED.folder / f"{self.label}-{self._testMethodName}"
        self.folder.mkdir()

    def container(self, *command, options=()):
        """The id of a container that runs in the background."""
        container = self.docker.run("run", "-d", *PLAIN, *options, IMAGE, *command).decode().strip()
        self.addCleanup(SHARED.engine.call, "DELETE", f"/containers/{container}?force=1")
        return container

    def test_version_and_info(self):
        self.assertRegex(self.docker.run("version", "--format", "{{.Server.Version}}"), rb"^\d+\.\d+")
        self.assertIn(b"Storage Driver", self.docker.run("info"))

    def test_run_shows_output_and_status(self):
        self.assertEqual(self.docker.run("run", "--rm", *PLAIN, IMAGE, "echo", "hello"), b"hello\n")
        self.docker.run("run", "--rm", *PLAIN, IMAGE, "sh", "-c", "exit 7", expect=7)

    def test_run_takes_input_to_its_end(self):
        data = os.urandom(3_000_000)
        output = self.docker.run("run", "-i", "--rm", *PLAIN, IMAGE, "sha256sum", stdin=data)
        self.assertEqual(output.split()[0].decode(), hashlib.sha256(data).hexdigest())

    def test_run_with_much_output(self):
        output = self.docker.run("run", "--rm", *PLAIN, IMAGE, "head", "-c", "30000000", "/dev/zero")
        self.assertEqual(len(output), 30_000_000)

    def test_ps(self):
        container = self.container("sleep", "600")
        self.assertIn(container, self.docker.run("ps", "-q", "--no-trunc").decode().split())
        self.docker.run("rm", "-f", container)
        self.assertNotIn(container, self.docker.run("ps", "-aq", "--no-trunc").decode().split())

    def test_follows_a_log_to_its_end(self):
        container = self.container("sh", "-c", "for i in 1 2 3 4 5; do echo line $i; sleep 0.2; done")
        self.assertEqual(self.docker.run("logs", "-f", container), b"".join(b"line %d\n" % i for i in range(1, 6)))

    def test_a_followed_log_can_be_left(self):
        container = self.container("sh", "-c", "while true; do echo tick; sleep 0.1; done")
        follower = self.docker.start("logs", "-f", container, stdout=subprocess.PIPE)
        self.assertEqual(follower.stdout.readline(), b"tick\n")
        follower.terminate()
        follower.communicate()

    def test_exec_on_a_terminal(self):
        container = self.container("sleep", "600")
        status, output = self.docker.run_on_terminal(
            "exec", "-it", container, "sh",
            typed=[(b"# ", b"tty; echo $((6 * 7))\r"), (b"42", b"exit 3\r")])
        self.assertEqual(status, 3, output)
        self.assertIn(b"/dev/pts/", output)

    def test_exec_with_the_end_of_input(self):
        container = self.container("sleep", "600")
        data = os.urandom(1_000_000)
        output = self.docker.run("exec", "-i", container, "sha256sum", stdin=data)
        self.assertEqual(output.split()[0].decode(), hashlib.sha256(data).hexdigest())
        self.docker.run("exec", container, "sh", "-c", "exit 9", expect=9)

    def test_attach_with_the_end_of_input(self):
        container = self.docker.run("create", "-i", *PLAIN, IMAGE, "cat").decode().strip()
        self.addCleanup(SHARED.engine.call, "DELETE", f"/containers/{container}?force=1")
        self.docker.run("start", container)
        data = b"over and out\n" * 20_000
        self.assertEqual(self.docker.run("attach", container, stdin=data), data)
        self.assertEqual(self.docker.run("wait", container), b"0\n")

    def test_copies_both_ways(self):
        container = self.container("sleep", "600")
        data = os.urandom(2_000_000)
        (self.folder / "there").write_bytes(data)
        self.docker.run("cp", self.folder / "there", f"{container}:/data/file")
        self.docker.run("cp", f"{container}:/data/file", self.folder / "back")
        self.assertEqual((self.folder / "back").read_bytes(), data)

    def test_builds(self):
        (self.folder / "content").write_bytes(os.urandom(100_000))
        (self.folder / "Dockerfile").write_text(f"FROM {IMAGE}\nCOPY content /data/content\nRUN wc -c < /data/content\n")
        tag = f"built/{self.label}"
        output = self.docker.run("build", "--network", "none", "-t", tag, self.folder)
        self.assertIn(b"\n100000\n", output)
        self.docker.run("rmi", tag)

    def test_saves_and_loads(self):
        tag, archive = f"saved/{self.label}:1", self.folder / "image.tar"
        self.docker.run("tag", IMAGE, tag)
        self.docker.run("save", "-o", archive, tag)
        self.docker.run("rmi", tag)
        with tarfile.open(archive) as tar:
            self.assertIn("manifest.json", tar.getnames())
        self.assertIn(tag.encode(), self.docker.run("load", "-i", archive))
        self.docker.run("rmi", tag)

    def test_events_as_they_happen(self):
        watcher = self.docker.start("events", "--filter", f"label={self.label}", "--format", "{{.Action}}",
                                    "--since", "0", stdout=subprocess.PIPE)
        self.addCleanup(watcher.communicate)
        self.addCleanup(watcher.kill)
        self.container("true", options=("--label", self.label))
        seen = [watcher.stdout.readline() for _ in range(3)]
        self.assertEqual(seen[0], b"create\n")
        self.assertIn(b"start\n", seen)

    def test_stats(self):
        container = self.container("sleep", "600")
        self.assertIn(b"%", self.docker.run("stats", "--no-stream", "--format", "{{.CPUPerc}}", container))

    def test_errors_of_the_engine(self):
        self.docker.run("inspect", "nothing-of-that-name", expect=1)
        self.docker.run("exec", "nothing-of-that-name", "true", expect=1)


class ConnectWithKeyTest(DockerScenarios, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.docker, _ = SHARED.connect("key", "--key", SHARED.key.path)

    def test_what_is_too_large_to_sign_is_refused_with_words(self):
        big = self.folder / "big.tar"
        with open(big, "wb") as file:
            file.truncate(70 << 20)
        child = self.docker.start("load", "-i", big, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
        _, complaint = child.communicate(timeout=60)
        self.assertNotEqual(child.returncode, 0)
        self.assertIn(b"--token-file or --cert", complaint)


class ConnectWithTokenTest(DockerScenarios, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        token = SHARED.folder / "token"
        token.write_text(TOKEN + "\n")
        token.chmod(0o600)
        cls.docker, _ = SHARED.connect("token", "--token-file", token)


class ClientCertificateTest(DockerScenarios, unittest.TestCase):
    """Without the forwarding command: docker speaks TLS to the agent itself."""

    @classmethod
    def setUpClass(cls):
        certificate, key = SHARED.client_certificate()
        cls.docker = DockerCli(
            SHARED.folder, "--tlsverify", "--tlscacert", SHARED.authority.certificate, "--tlscert", certificate,
            "--tlskey", key, "-H", f"tcp://127.0.0.1:{SHARED.port}")


class ConnectCommandTest(unittest.TestCase):
    def test_ends_in_good_order_and_leaves_no_socket(self):
        docker, process = SHARED.connect("short", "--key", SHARED.key.path)
        docker.run("version")
        socket = SHARED.folder / "short.sock"
        self.assertEqual(socket.stat().st_mode & 0o777, 0o600)
        self.assertEqual(process.stop(), 0)
        self.assertFalse(socket.exists())

    def test_tells_of_a_credential_that_is_not_accepted(self):
        docker, process = SHARED.connect("unknown", "--key", Key(SHARED.folder / "unknown.key").path)
        docker.run("ps", expect=1)
        process.wait_for_log("unknown-key")

    def test_with_a_client_certificate(self):
        certificate, key = SHARED.client_certificate()
        docker, _ = SHARED.connect("certificate", "--cert", certificate, "--cert-key", key)
        self.assertIn(b"Server", docker.run("version"))

    def test_refuses_what_it_cannot_do(self):
        for arguments in (["--url", "http://192.0.2.1:3000"], ["--url", "https://h/path"], ["--url", "ftp://h"]):
            outcome = subprocess.run([LOOKOUT, "connect", *arguments, "--key", SHARED.key.path, "--listen",
                                      SHARED.folder / "no.sock"], capture_output=True, check=False, timeout=20)
            self.assertEqual(outcome.returncode, 1, outcome)
            self.assertIn(b"--url", outcome.stderr)


class ForeignClientTest(unittest.TestCase):
    def curl(self, *arguments, target="/_ping", scheme="https"):
        return subprocess.run(
            ["curl", "-sS", "--cacert", SHARED.authority.certificate, "-w", " %{http_code}", *map(str, arguments),
             f"{scheme}://127.0.0.1:{SHARED.port}{target}"], capture_output=True, check=False, timeout=30)

    def test_curl_with_each_credential(self):
        certificate, key = SHARED.client_certificate()
        self.assertEqual(self.curl("-H", f"Authorization: Bearer {TOKEN}").stdout, b"OK 200")
        self.assertEqual(self.curl("--cert", certificate, "--key", key).stdout, b"OK 200")
        self.assertTrue(self.curl().stdout.endswith(b" 401"))
        self.assertTrue(self.curl("-H", "Authorization: Bearer no", "--cert", certificate, "--key", key)
                        .stdout.endswith(b" 401"))
        self.assertTrue(self.curl(target="/health").stdout.endswith(b" 200"))

    def test_a_certificate_of_strangers_ends_the_handshake(self):
        certificate, key = SHARED.client_certificate(SHARED.strangers)
        outcome = self.curl("--cert", certificate, "--key", key)
        self.assertNotEqual(outcome.returncode, 0)
        self.assertEqual(outcome.stdout, b" 000")

    def test_http_in_clear_is_told_so(self):
        outcome = self.curl(scheme="http")
        self.assertTrue(outcome.stdout.endswith(b" 400"), outcome)
        self.assertIn(b"HTTPS only", outcome.stdout)

    def test_openssl_s_client(self):
        request = f"GET /_ping HTTP/1.1\r\nHost: d\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n"
        outcome = subprocess.run(
            ["openssl", "s_client", "-quiet", "-ign_eof", "-verify_return_error", "-CAfile",
             SHARED.authority.certificate, "-connect", f"127.0.0.1:{SHARED.port}"], input=request.encode(),
            capture_output=True, check=False, timeout=30)
        self.assertEqual(outcome.returncode, 0, outcome)
        self.assertTrue(outcome.stdout.startswith(b"HTTP/1.1 200 OK\r\n"), outcome)
        self.assertTrue(outcome.stdout.endswith(b"\r\n\r\nOK"), outcome)

    def test_a_new_certificate_is_used_after_sighup(self):
        certificate, key = SHARED.authority.issue("renewed", ["IP:127.0.0.1", "DNS:localhost"])
        running = [Path(SHARED.agent.environment[name]) for name in ("TLS_CERT", "TLS_KEY")]
        before = [path.read_bytes() for path in running]

        def install(contents):
            for path, content in zip(running, contents):
                path.write_bytes(content)
            SHARED.agent.process.send_signal(1)

        def subject():
            return subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{SHARED.port}"], input=b"",
                                  capture_output=True, check=False, timeout=30).stdout

        install([certificate.read_bytes(), key.read_bytes()])
        wait_until("the new certificate", lambda: b"CN = renewed" in subject())
        install([b"no certificate", before[1]])
        SHARED.agent.process.wait_for_log("nothing was changed")
        self.assertIn("TLS_CERT: cannot use", SHARED.agent.log())
        self.assertIn(b"CN = renewed", subject())
        install(before)
        wait_until("the old certificate", lambda: b"CN = agent" in subject())


if __name__ == "__main__":
    unittest.main()
