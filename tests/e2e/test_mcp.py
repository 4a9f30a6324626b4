#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The Model Context Protocol with a real engine: over tunnel and listener, and as a program on standard input and output."""

import functools
import json
import subprocess
import unittest

from harness import unix_http
from harness.carrier import ListenerCarrier, TunnelCarrier
from harness.engine import why_not
from harness.lookout import LOOKOUT
from harness.waiting import wait_until
from harness.world import World, create_container


@functools.lru_cache(maxsize=None)
def shared_engine():
    world = World()
    unittest.addModuleCleanup(world.close)
    return world.start_engine()


class McpCase:
    """What an assistant does; a subclass carries the messages."""

    @classmethod
    def setUpClass(cls):
        reason = why_not()
        if reason:
            raise unittest.SkipTest(reason)
        cls.world = World()
        cls.addClassCleanup(cls.world.close)
        cls.engine = shared_engine()
        cls.connect()

    @classmethod
    def connect(cls):
        raise NotImplementedError

    def send(self, message):
        """The answer as JSON; None when there is none."""
        raise NotImplementedError

    def ask(self, method, **params):
        answer = self.send({"jsonrpc": "2.0", "id": "q1", "method": method, "params": params})
        self.assertEqual((answer["jsonrpc"], answer["id"]), ("2.0", "q1"))
        return answer["result"]

    def call(self, tool, is_error=False, **arguments):
        result = self.ask("tools/call", name=tool, arguments=arguments)
        self.assertEqual(result["isError"], is_error, result)
        text = result["content"][0]["text"]
        return text if is_error else json.loads(text)

    def test_a_session_of_an_assistant(self):
        opened = self.ask("initialize", protocolVersion="2025-11-25", capabilities={},
                          clientInfo={"name": "test", "version": "1"})
        self.assertEqual(opened["protocolVersion"], "2025-11-25")
        self.assertIsNone(self.send({"jsonrpc": "2.0", "method": "notifications/initialized"}))
        self.assertEqual(len(self.ask("tools/list")["tools"]), 5)

        name = f"mcp-{type(self).__name__.lower()}"
        http = functools.partial(unix_http.request, self.engine.socket)
        container = create_container(http, name, ["sh", "-c", "echo hello; echo trouble >&2; exec sleep 1000"],
                                     Env=["PASSWORD=planted-secret"])
        self.addCleanup(lambda: http("DELETE", f"/containers/{name}?force=1"))
        self.assertIn(container, [entry["id"] for entry in self.call("list_containers")])
        seen = self.call("inspect_container", id=name)
        self.assertEqual((seen["state"]["Status"], seen["networks"]), ("running", ["none"]))
        self.assertNotIn("planted", json.dumps(seen))
        lines = wait_until("the log", lambda: (log := self.call("container_logs", id=name)["lines"]) and len(log) == 2 and log)
        self.assertEqual(sorted(lines), ["stderr: trouble", "stdout: hello"])
        self.assertEqual(self.call("container_stats", id=container)["id"], container)
        self.assertGreater(self.call("host_metrics")["memoryTotal"], 0)
        self.assertIn("No such container", self.call("inspect_container", is_error=True, id="nobody"))

    def test_a_recorded_client(self):
        answers = [self.send(json.loads(line)) for line in RECORDED.split("\n") if line]
        self.assertEqual([answer and answer["id"] for answer in answers], [0, None, 1, 2])
        self.assertIn("No such container", answers[3]["result"]["content"][0]["text"])

    def test_the_log_of_a_terminal(self):
        name = f"mcp-tty-{type(self).__name__.lower()}"
        http = functools.partial(unix_http.request, self.engine.socket)
        create_container(http, name, ["echo", "from a terminal"], Tty=True)
        self.addCleanup(lambda: http("DELETE", f"/containers/{name}?force=1"))
        lines = wait_until("the log", lambda: self.call("container_logs", id=name)["lines"])
        self.assertEqual(lines, ["stdout: from a terminal\r"])


# What @modelcontextprotocol/inspector 0.5 sends, byte for byte.
RECORDED = r"""
{"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"inspector-cli","version":"0.5.1"}},"jsonrpc":"2.0","id":0}
{"method":"notifications/initialized","jsonrpc":"2.0"}
{"method":"tools/list","jsonrpc":"2.0","id":1}
{"method":"tools/call","params":{"name":"container_logs","arguments":{"id":"abc","tail":5}},"jsonrpc":"2.0","id":2}
"""


class CarriedMcpCase(McpCase):
    make = None

    @classmethod
    def connect(cls):
        cls.carrier = cls.make(cls.world, cls.engine.socket, "assistant")

    def send(self, message):
        status, _, body = self.carrier.request("POST", "/_portwing/mcp", message)
        self.assertEqual(status, 200 if "id" in message else 202)
        return json.loads(body) if body.strip() else None


class TunnelMcpTest(CarriedMcpCase, unittest.TestCase):
    make = TunnelCarrier


class ListenerMcpTest(CarriedMcpCase, unittest.TestCase):
    make = ListenerCarrier

    def test_only_for_those_who_prove_themselves(self):
        response = unix_http.open_on(self.carrier.connect(10), "POST", "/_lookout/mcp", {"jsonrpc": "2.0"}, {})
        self.assertEqual((response.status, response.read()), (401, b"unauthorized\n"))
        response.connection.close()

    def test_pages_of_other_sites_are_refused(self):
        status, _, _ = self.carrier.request("POST", "/_lookout/mcp", {"jsonrpc": "2.0", "id": 1, "method": "ping"},
                                            {"Origin": "https://evil.example"})
        self.assertEqual(status, 403)


class ProgramMcpTest(McpCase, unittest.TestCase):
    @classmethod
    def connect(cls):
        cls.program = subprocess.Popen([LOOKOUT, "mcp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                       env={"PATH": "/usr/bin:/bin", "DOCKER_SOCKET": str(cls.engine.socket)})
        cls.addClassCleanup(cls.end)

    @classmethod
    def end(cls):
        cls.program.stdin.close()
        assert cls.program.wait(10) == 0, "the program did not end with its input"
        cls.program.stdout.close()

    def send(self, message):
        self.program.stdin.write(json.dumps(message) + "\n")
        self.program.stdin.flush()
        return json.loads(self.program.stdout.readline()) if "id" in message else None


if __name__ == "__main__":
    unittest.main()
