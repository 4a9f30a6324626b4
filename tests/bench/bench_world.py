# SPDX-License-Identifier: Apache-2.0
"""Agent, devhub, stand-in engine and twin for one row, and what the kernel says of them."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))

from harness.process import Process  # noqa: E402
from harness.world import World  # noqa: E402

PROGRAMS = Path(os.environ.get("BENCH_PROGRAMS", "build-release/tests/bench"))
AGENT = "edge1"
TWIN = "twin"
SMALL = "/bench/json?size=4096"
MEBIBYTE = 1024 * 1024
GIBIBYTE = 1024 * MEBIBYTE


def cpu_seconds(pid):
    """What the process has used so far, user and system, all threads, to the nanosecond."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        total += int(Path(f"/proc/{pid}/task/{thread}/schedstat").read_text().split()[0])
    return total / 1e9


def memory_of(pid):
    """(resident, anonymous) bytes."""
    fields = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, value = line.split(":")
        fields[name] = int(value.split()[0]) * 1024
    return fields["Rss"], fields["Anonymous"]


@dataclasses.dataclass
class Load:
    """One finished measurement: the hub's report and what the process at the other end used meanwhile."""
    report: dict
    cpu: float

    @property
    def rate(self):
        return self.report["requests"] / self.report["seconds"]

    @property
    def cpu_each(self):
        return self.cpu / self.report["requests"]

    @property
    def bytes_per_second(self):
        return self.report["bytes"] / self.report["seconds"]

    @property
    def cpu_per_gigabyte(self):
        return self.cpu / self.report["bytes"] * 1e9


class BenchWorld(World):
    def __init__(self, containers=1, line_interval_ms=100, hub_options=()):
        super().__init__()
        self.engine_socket = self.folder / "engine.sock"
        self.engine = self.run("bench_engine", self.engine_socket, containers, line_interval_ms)
        self.engine.wait_for_log("ready")
        self.hub_options = ["--max-stream", str(64 << 30), "--max-pending", "1000", *hub_options]
        self.hub = self.agent = self.twin = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def run(self, program, *arguments):
        log = self.folder / f"{program}-{Path(str(arguments[0])).name}.log"
        process = Process([PROGRAMS / program, *arguments], log)
        self._undo.callback(process.stop)
        return process

    def start_tunnel(self, *hub_options, twin=True, **settings):
        """Hub, agent and, where wanted, the twin, all connected."""
        self.hub = self.start_hub(*self.hub_options, *hub_options)
        self.agent = self.start_agent(self.hub.url, self.engine_socket, **settings)
        self.hub.wait_for_agent(AGENT)
        if twin:
            self.twin = self.run("bench_twin", self.hub.url, self.key.path, TWIN)
            self.hub.wait_for_agent(TWIN)
        return self

    def start_load(self, kind, agent=AGENT, **arguments):
        return self.hub.call("load", agent=agent, kind=kind, **arguments)

    def load(self, kind, agent=AGENT, seconds=120, **arguments):
        """Runs one load to its end. A load with a failure measures nothing."""
        process = self.agent.process if agent == AGENT else self.twin
        before = cpu_seconds(process.pid)
        report = self.hub.control.event(self.start_load(kind, agent, **arguments), seconds)
        assert not report.get("failed") and report.get("reason", "complete") == "complete", report
        return Load(report, cpu_seconds(process.pid) - before)

    def direct(self, target, requests, connections, address=None, header=None):
        """The report of the direct client, on the engine's socket unless told otherwise."""
        command = [PROGRAMS / "bench_client", address or self.engine_socket, target, requests, connections]
        done = subprocess.run([str(c) for c in command + ([header] if header else [])], capture_output=True, text=True,
                              check=False, timeout=120)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
