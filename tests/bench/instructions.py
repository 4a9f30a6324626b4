#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts the instructions of the agent's two hot paths, which do not depend on how busy the machine is:

    instructions.py check BUILD_DIR    compares with instructions.json; fails above the allowance, 77: cannot tell
    instructions.py update BUILD_DIR   writes instructions.json
    instructions.py profile BUILD_DIR get|stream|lines   where they go: functions, most expensive first
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import callgrind

HERE = Path(__file__).resolve().parent
RECORD = HERE / "instructions.json"
ALLOWANCE = 0.10
SKIP = 77
# Whatever runs inside the agent's process, or decides what the compiler makes of it.
PACKAGES = ["libc6", "libstdc++6", "libcurl4", "libwebsockets17", "libsodium23", "libfmt9", "rapidjson-dev",
            "valgrind"]
# A load, and a larger one of the same kind: what they differ by is the path alone, without start and end.
BASE = {"get": 60, "stream": 1, "lines": 1}
PATHS = {"get": {**BASE, "get": 260}, "stream": {**BASE, "stream": 9}, "lines": {**BASE, "lines": 3}}
# Docker sends a log of text line by line, and one of bulk data in pieces of 16 KiB.
RECORDS = {"stream": 16 * 1024, "lines": 128}


def package_version(name):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", name], capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


def describe(build):
    """All that the counts depend on, besides our own source."""
    compiler = re.search(rb"GCC: \([^)]*\) [0-9.]+", (build / "agent/lookout").read_bytes())
    options = {o["name"]: o["value"] for o in json.loads((build / "meson-info/intro-buildoptions.json").read_text())}
    return {"compiler": compiler[0].decode() if compiler else "not GCC",
            **{name: str(options[name]) for name in ("optimization", "debug", "b_sanitize", "b_lto")},
            "avx2": str(" avx2 " in Path("/proc/cpuinfo").read_text()),
            **{name: package_version(name) for name in PACKAGES}}


def run_agent(load, out="/dev/null"):
    """All instructions of one agent's life with that load in it."""
    from bench_world import AGENT, MEBIBYTE, SMALL, BenchWorld
    from harness.process import Process
    with BenchWorld() as world:
        hub = world.hub = world.start_hub(*world.hub_options)
        agent = world.make_agent(hub.url, world.engine_socket, SANDBOX="off")  # valgrind needs system calls of its own
        agent.process = Process(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", agent.program],
                                agent.folder / "lookout.log", agent.environment)
        hub.wait_for_agent(AGENT, 60)
        loads = [{"kind": "requests", "target": SMALL, "in_flight": 1, "total": load["get"]}]
        loads += [{"kind": "stream", "target": f"/containers/box/logs?bytes={load[name] * MEBIBYTE}&record={size}"}
                  for name, size in RECORDS.items()]
        for arguments in loads:
            report = hub.control.event(world.start_load(**arguments), 60)
            assert not report.get("failed") and report.get("reason", "complete") == "complete", report
        agent.stop()
        return int(re.search(r"Collected : (\d+)", agent.log())[1])


def measure():
    """Instructions for each small GET and for each MiB of a log stream, in bulk and in lines."""
    base = run_agent(BASE)
    figures = {}
    for name, load in PATHS.items():
        more = sum(load.values()) - sum(BASE.values())
        figures[name] = round((run_agent(load) - base) / more)
    return figures


def check(build):
    if not shutil.which("valgrind"):
        print("instructions: skipped: valgrind is not installed")
        return SKIP
    record = json.loads(RECORD.read_text())
    here = describe(build)
    if changed := [f"{n}: {record['of'].get(n)!r} -> {here[n]!r}" for n in here if record["of"].get(n) != here[n]]:
        print("instructions: skipped: recorded for another", "; ".join(changed))
        return SKIP
    worst = 0.0
    for name, count in measure().items():
        ratio = count / record["instructions"][name]
        print(f"instructions: {name}: {count} now, {record['instructions'][name]} recorded, {ratio:.3f} of it")
        worst = max(worst, ratio)
    if worst > 1 + ALLOWANCE:
        print("instructions: more than the allowance; see docs/performance.md for where they go, and for "
              "how to record them anew")
        return 1
    return 0


def profile(path):
    load = {"get": 1, "stream": 0, "lines": 0, path: {"get": 2000, "stream": 32, "lines": 6}[path]}
    with tempfile.TemporaryDirectory() as folder:
        run_agent(load, Path(folder) / "out")
        print(callgrind.format_profile(Path(folder) / "out"))
    return 0


def main():
    command, build = sys.argv[1], Path(sys.argv[2]).resolve()
    os.environ.update(LOOKOUT=str(build / "agent/lookout"), DEVHUB=str(build / "tests/devhub/devhub"),
                      BENCH_PROGRAMS=str(build / "tests/bench"))
    if command == "update":
        RECORD.write_text(json.dumps({"of": describe(build), "instructions": measure()}, indent=1) + "\n")
        print(RECORD.read_text())
        return 0
    return check(build) if command == "check" else profile(sys.argv[3])


sys.exit(main())
