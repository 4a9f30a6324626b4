# SPDX-License-Identifier: Apache-2.0
"""The agent under test."""

import json
import os
import socket
import urllib.request
from pathlib import Path

from .process import Process

LOOKOUT = os.environ.get("LOOKOUT", "build/agent/lookout")
# The same agent, but it waits next to nothing between attempts.
QUICK_AGENT = os.environ.get("QUICK_AGENT", "build/tests/e2e/quick_agent")


def free_port(family=socket.AF_INET):
    with socket.socket(family) as probe:
        probe.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        return probe.getsockname()[1]


class Lookout:
    """`lookout` with an environment of its own; nothing of the tests' environment reaches it but PATH."""

    def __init__(self, folder, url, key, docker_socket, name="edge1", program=LOOKOUT, **settings):
        self.program = program
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.name = name
        self.process = None
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.folder), "DRYDOCK_URL": url,
            "PRIVATE_KEY_FILE": str(key.path), "AGENT_NAME": name, "DOCKER_SOCKET": str(docker_socket),
            "STATE_DIRECTORY": str(self.folder), "PORT": str(self.port), "RECONNECT_DELAY": "1",
            "MAX_RECONNECT_DELAY": "2", "LOG_LEVEL": "info"}
        if os.environ.get("E2E_SANITIZED"):
            # Looking for leaks takes a process of its own that looks into this one.
            self.environment["SANDBOX"] = "off"
        for variable in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if variable in os.environ:
                self.environment[variable] = os.environ[variable]
        self.set(**settings)

    def set(self, **settings):
        """Changes the environment of the next start; None removes a variable."""
        for variable, value in settings.items():
            if value is None:
                self.environment.pop(variable, None)
            else:
                self.environment[variable] = str(value)

    def start(self):
        self.process = Process([self.program], self.folder / "lookout.log", self.environment)
        return self

    def stop(self, number=None):
        if self.process is None:
            return None
        process, self.process = self.process, None
        return process.stop() if number is None else process.stop(number)

    def log(self):
        path = self.folder / "lookout.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def get(self, path):
        """(status, JSON) from the operations listener."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)
