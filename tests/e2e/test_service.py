#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The agent as a service: what the manager hears, what the sandbox refuses, what `lookout health` says."""

import os
import signal
import socket
import subprocess
import unittest

from harness.certificates import Authority
from harness.inbound import InboundCase
from harness.lookout import LOOKOUT
from harness.process import Process
from harness.waiting import wait_until
from harness.world import WorldCase

AGENT = "edge1"


class Manager:
    """The service manager's end of NOTIFY_SOCKET."""

    def __init__(self, path):
        self.path = str(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.setblocking(False)
        self.lines = []

    def heard(self, line):
        while True:
            try:
                self.lines += self.socket.recv(4096).decode().splitlines()
            except BlockingIOError:
                return line in self.lines

    def wait_for(self, line, seconds=30):
        wait_until(f"{line!r} to the manager", lambda: self.heard(line), seconds)

    def forget(self):
        self.heard("")
        self.lines = []


class NotifyTest(WorldCase):
    def test_the_manager_hears_of_start_reload_status_and_end(self):
        manager = Manager(self.world.folder / "notify")
        self.addCleanup(manager.socket.close)
        hub = self.world.start_hub()
        fake = self.world.start_fake()
        agent = self.world.start_agent(hub.url, fake.path, NOTIFY_SOCKET=manager.path, WATCHDOG_USEC=1000000)
        manager.wait_for("READY=1")
        manager.wait_for("STATUS=connected to the controller; Docker answers")
        manager.forget()
        manager.wait_for("WATCHDOG=1")
        manager.forget()
        agent.process.send_signal(signal.SIGHUP)
        manager.wait_for("RELOADING=1")
        manager.wait_for("READY=1")
        self.assertEqual(agent.stop(), 0)
        manager.wait_for("STOPPING=1")

    def test_a_loop_that_stands_still_feeds_no_watchdog(self):
        manager = Manager(self.world.folder / "notify")
        self.addCleanup(manager.socket.close)
        hub = self.world.start_hub()
        agent = self.world.start_agent(hub.url, self.world.start_fake().path, NOTIFY_SOCKET=manager.path,
                                       WATCHDOG_USEC=200000)
        manager.wait_for("WATCHDOG=1")
        agent.process.send_signal(signal.SIGSTOP)
        self.addCleanup(agent.process.send_signal, signal.SIGCONT)
        manager.forget()
        with self.assertRaises(AssertionError):
            manager.wait_for("WATCHDOG=1", 1)


@unittest.skipIf(os.environ.get("E2E_SANITIZED"), "the sandbox is off where leaks are looked for")
class SandboxTest(WorldCase):
    def status(self, agent):
        with open(f"/proc/{agent.process.pid}/status", encoding="utf-8") as file:
            return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)

    def start(self, **settings):
        self.hub = self.world.start_hub()
        self.fake = self.world.start_fake(containers=1)
        agent = self.world.start_agent(self.hub.url, self.fake.path, **settings)
        self.hub.wait_for_agent(AGENT)
        return agent

    def test_every_thread_of_a_running_agent_is_locked_in(self):
        agent = self.start()
        for task in os.listdir(f"/proc/{agent.process.pid}/task"):
            with open(f"/proc/{agent.process.pid}/task/{task}/status", encoding="utf-8") as file:
                text = file.read()
            self.assertIn("NoNewPrivs:\t1", text)
            self.assertIn("Seccomp:\t2", text)
        self.assertNotIn("sandbox is not complete", agent.log())

    def test_a_running_agent_cannot_read_shadow(self):
        # Whoever can write its configuration cannot make it read what is not its own.
        conf = self.world.folder / "agent" / "lookout.conf"
        conf.parent.mkdir(exist_ok=True)
        conf.touch(0o600)
        self.hub = self.world.start_hub()
        agent = self.world.make_agent(self.hub.url, self.world.start_fake().path)
        agent.process = Process([LOOKOUT, "--config", conf], agent.folder / "lookout.log", agent.environment)
        self.hub.wait_for_agent(AGENT)
        conf.write_text("TOKEN_FILE=/etc/shadow\n")
        agent.process.send_signal(signal.SIGHUP)
        agent.process.wait_for_log("cannot open '/etc/shadow': Permission denied")

    def test_it_can_be_switched_off(self):
        agent = self.start(SANDBOX="off")
        self.assertEqual(self.status(agent)["Seccomp"], "0")
        self.assertEqual(self.status(agent)["NoNewPrivs"], "0")


class HealthTest(WorldCase):
    def ask(self, agent, *options):
        return subprocess.run([LOOKOUT, "health", *options], env=agent.environment, capture_output=True, text=True,
                              timeout=30, check=False)

    def test_says_what_the_running_agent_says(self):
        hub = self.world.start_hub()
        agent = self.world.make_agent(hub.url, self.world.folder / "fake.sock")
        down = self.ask(agent)
        self.assertEqual(down.returncode, 1)
        self.assertIn("cannot reach the agent at 127.0.0.1 port", down.stderr)
        agent.start()
        wait_until("life", lambda: self.ask(agent).returncode == 0)
        self.assertIn('"live":true', self.ask(agent).stdout)
        unready = self.ask(agent, "--ready")
        self.assertEqual(unready.returncode, 1)
        self.assertIn('"docker":"disconnected"', unready.stdout)
        self.world.start_fake()
        wait_until("readiness", lambda: self.ask(agent, "--ready").returncode == 0, 60)

    def test_certificates_of_the_configuration_mean_nothing_to_the_operations_listener(self):
        hub = self.world.start_hub()
        certificate, key = Authority(self.world.folder / "ca").issue("agent", ["IP:127.0.0.1"])
        agent = self.world.start_agent(hub.url, self.world.start_fake().path, TLS_CERT=certificate, TLS_KEY=key)
        wait_until("life", lambda: self.ask(agent).returncode == 0)

    def test_a_stranger_on_the_port_is_not_healthy(self):
        agent = self.world.make_agent("ws://127.0.0.1:1", self.world.folder / "fake.sock")
        with socket.create_server(("127.0.0.1", agent.port)) as stranger:
            child = subprocess.Popen([LOOKOUT, "health"], env=agent.environment, stderr=subprocess.PIPE, text=True)
            connection, _ = stranger.accept()
            connection.sendall(b"220 smtp.example.com\r\n")
            connection.close()
            _, text = child.communicate(timeout=30)
        self.assertEqual(child.returncode, 1)
        self.assertIn("does not speak HTTP", text)


class TlsHealthTest(InboundCase):
    def test_asks_over_tls_and_without_a_client_certificate(self):
        authority = Authority(self.world.folder / "ca")
        certificate, key = authority.issue("agent", ["DNS:agent.example.com"])
        self.start(TLS_CERT=certificate, TLS_KEY=key, TLS_CLIENT_CA=authority.certificate)
        answer = subprocess.run([LOOKOUT, "health", "--ready"], env=self.agent.environment, capture_output=True, text=True,
                                timeout=30, check=False)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertIn('"ready":true', answer.stdout)


if __name__ == "__main__":
    unittest.main()
