#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compose stacks with the real tool and a real engine, through the tunnel and to the listener alike."""

import functools
import json
import shutil
import signal
import unittest
from pathlib import Path

from harness.carrier import ListenerCarrier, TunnelCarrier
from harness.engine import IMAGE, why_not
from harness.waiting import wait_until
from harness.world import World

PROJECT = f"""
version: "3.8"
services:
  web:
    image: {IMAGE}
    command: ["sh", "-c", "echo web says \\"$$GREETING\\"; cat /conf; exec sleep 1000"]
    environment:
      GREETING: ${{GREETING}}
    network_mode: none
    stop_grace_period: 0s
    volumes: ["./conf.txt:/conf:ro"]
  db:
    image: {IMAGE}
    command: ["sh", "-c", "echo db is up; exec sleep 1000"]
    network_mode: none
    stop_grace_period: 0s
    user: "65534"
    volumes: ["./conf.txt:/conf:ro"]
"""
SLOW = f"""
version: "3.8"
services:
  slow:
    build: .
    network_mode: none
"""


@functools.lru_cache(maxsize=None)
def shared_engine():
    world = World()
    unittest.addModuleCleanup(world.close)
    return world.start_engine()


def processes_of(name):
    """Command lines of running processes that contain `name`."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if name in line:
            found.append(line)
    return found


class ComposeCase:
    make = None

    @classmethod
    def setUpClass(cls):
        reason = why_not() or (None if shutil.which("docker-compose") else "docker-compose is not installed; run make deps")
        if reason:
            raise unittest.SkipTest(reason)
        cls.world = World()
        cls.addClassCleanup(cls.world.close)
        cls.engine = shared_engine()
        cls.stacks = cls.world.folder / "stacks"
        cls.carrier = cls.make(cls.world, cls.engine.socket, "composer", STACKS_DIR=cls.stacks,
                               ENROLLMENT_SECRET="planted-agent-secret")

    def setUp(self):
        self.stack = f"{self.make.__name__.lower()}-{self._testMethodName.split('_')[1]}"
        self.addCleanup(self.tear_down_stack)

    def tear_down_stack(self):
        if (self.stacks / self.stack / "docker-compose.yml").exists():
            self.compose("down", removeVolumes=True)

    def compose(self, operation, query="", **fields):
        """The answer of one operation: its JSON, or with a query the lines of its progress."""
        body = {"operation": operation, "stackName": self.stack, **fields}
        status, _, answer = self.carrier.request("POST", f"/_portwing/compose{query}", body)
        self.assertEqual(status, 200, answer)
        lines = [json.loads(line) for line in answer.decode().splitlines()]
        return lines if query else lines[0]

    def up(self, **fields):
        result = self.compose("up", files={"docker-compose.yml": PROJECT, "conf.txt": "from the file\n"}, **fields)
        self.assertTrue(result["success"], result)
        return result

    def services(self):
        listed = self.carrier.get_json(f"/_lookout/stacks?stack={self.stack}")["stacks"]
        return {service["name"]: [container["state"] for container in service["containers"]]
                for stack in listed for service in stack["services"]}

    def test_life_of_a_stack(self):
        self.up(envVars={"GREETING": "it's \"$HOME\" & more"})
        self.assertEqual(self.services(), {"web": ["running"], "db": ["running"]})
        self.assertIn("web", self.compose("ps")["output"])

        def logs():
            return self.compose("logs", tail=50)["output"]
        wait_until("the first lines of both services", lambda: "db is up" in logs() and "from the file" in logs())
        self.assertIn('web says it\'s "$HOME" & more', logs())
        self.assertNotIn("db is up", self.compose("logs", services=["web"])["output"])

        self.assertTrue(self.compose("stop", services=["db"])["success"])
        self.assertEqual(self.services(), {"web": ["running"], "db": ["exited"]})
        self.assertTrue(self.compose("start", services=["db"])["success"])
        self.assertTrue(self.compose("restart")["success"])
        self.assertEqual(self.services(), {"web": ["running"], "db": ["running"]})

        # The variables of the first request still hold.
        self.assertTrue(self.compose("up", forceRecreate=True)["success"])
        wait_until("the greeting again", lambda: 'it\'s "$HOME"' in logs())
        self.assertTrue(self.compose("down")["success"])
        self.assertEqual(self.services(), {})

    def test_failures_are_told_as_the_tool_tells_them(self):
        result = self.compose("up", files={"docker-compose.yml": "services: [not, a, mapping]"})
        self.assertFalse(result["success"])
        self.assertEqual(result["error"], "exit status 1")
        self.assertIn("docker-compose.yml", result["output"])

    def test_resolved_without_touching(self):
        result = self.compose("up", dryRun=True, files={"docker-compose.yml": PROJECT}, envVars={"GREETING": "dry"})
        self.assertTrue(result["success"], result)
        self.assertIn("GREETING: dry", result["output"])
        self.assertFalse((self.stacks / self.stack).exists())

    def test_progress_line_by_line(self):
        self.up(envVars={"GREETING": "x"})
        lines = self.compose("restart", "?progress=stream")
        self.assertEqual(lines[-1], {"success": True})
        self.assertTrue(any("web" in line.get("text", "") for line in lines[:-1]), lines)

    def test_secrets_of_the_agent_stay_there(self):
        leak = PROJECT.replace("${GREETING}", "leaked <${TOKEN}${ENROLLMENT_SECRET}${PRIVATE_KEY_FILE}>")
        result = self.compose("up", dryRun=True, files={"docker-compose.yml": leak})
        self.assertTrue(result["success"], result)
        self.assertIn("leaked <>", result["output"])

    def test_hostile_requests_touch_nothing(self):
        outside = self.world.folder / "outside.txt"
        for fields in ({"stackDir": "../.."}, {"stackDir": "/etc"}, {"files": {"../../outside.txt": "x"}},
                       {"files": {"/tmp/x": "x"}}, {"services": ["--volumes"]}, {"envVars": {"LD_PRELOAD": "/x.so"}},
                       {"envVars": {"A": "b\nLD_PRELOAD=/x.so"}}, {"envVars": {"DOCKER_HOST": "tcp://evil"}},
                       {"registryAuth": {"server": "http://plain", "username": "u", "password": "p"}}):
            with self.subTest(fields):
                result = self.compose("up", **{"files": {"docker-compose.yml": PROJECT}, **fields})
                self.assertFalse(result["success"])
                self.assertEqual(result["output"], "")
        self.assertFalse(outside.exists())
        self.assertFalse((self.stacks / self.stack).exists())

    def test_asker_gone_in_the_middle(self):
        files = {"docker-compose.yml": SLOW, "Dockerfile": f"FROM {IMAGE}\nRUN sleep 345\n"}
        body = json.dumps({"operation": "up", "stackName": self.stack, "files": files}).encode()
        connection = self.carrier.connect(60)
        connection.request("POST", "/_lookout/compose", body,
                           {"Content-Type": "application/json", **self.carrier.credentials()})
        project = f"--project-directory {self.stacks / self.stack}"
        wait_until("the tool to run", lambda: processes_of(project))
        status, _, text = self.carrier.request("POST", "/_lookout/compose", {"operation": "ps", "stackName": self.stack})
        self.assertEqual(status, 409)
        self.assertIn('"up" has been running', text.decode())
        self.leave(connection)
        wait_until("the tool to be gone", lambda: not processes_of(project))

        def last():
            listed = self.carrier.get_json(f"/_lookout/stacks?stack={self.stack}")["stacks"]
            return listed and listed[0].get("last")
        result = wait_until("the result", last)
        self.assertFalse(result["success"])
        self.assertIn("cancelled", result["error"])
        agent = self.carrier.agent.process
        zombies = [line for line in Path("/proc").glob("[0-9]*/stat") if is_zombie_of(line, agent.pid)]
        self.assertFalse(zombies)

    def leave(self, connection):
        """The asker goes."""
        raise NotImplementedError


def is_zombie_of(stat, parent):
    try:
        state, owner = stat.read_text().rsplit(")", 1)[1].split()[:2]
    except OSError:
        return False
    return state == "Z" and int(owner) == parent


class TunnelComposeTest(ComposeCase, unittest.TestCase):
    make = TunnelCarrier

    def leave(self, connection):
        # The controller itself dies; what its client does, the tunnel cannot tell.
        self.carrier.hub.process.send_signal(signal.SIGKILL)
        self.carrier.hub.process.wait()
        self.carrier.hub.stop()
        connection.close()
        self.carrier.hub.start()
        wait_until("the session again", lambda: self.carrier.hub.agent(self.carrier.name))


class ListenerComposeTest(ComposeCase, unittest.TestCase):
    make = ListenerCarrier

    def leave(self, connection):
        connection.close()


if __name__ == "__main__":
    unittest.main()
