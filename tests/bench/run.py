#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the agent of a build directory: run.py BUILD_DIR [ROW...]. See docs/performance.md.

Devhub, engine and the rest come from the same directory if they are there, else from build/."""

import datetime
import json
import os
import sys
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def describe_machine():
    cpu = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), "unknown")
    return {"cpu": cpu, "cores": os.cpu_count(), "kernel": os.uname().release, "load_average": os.getloadavg()[0]}


def run_rows(rows, names):
    """(figures, names of rows that failed)"""
    figures, failed = [], []
    for name in names:
        print(f"bench: {name}: {rows[name].__doc__.strip()}", file=sys.stderr, flush=True)
        try:
            found = list(rows[name]())
        except Exception:  # one row's trouble must not cost the others
            traceback.print_exc()
            failed.append(name)
            continue
        for figure in found:
            figure.row = name
        figures += found
    return figures, failed


def main():
    build = Path(sys.argv[1]).resolve()
    os.environ["LOOKOUT"] = str(build / "agent/lookout")
    tools = build if (build / "tests/bench/bench_engine").exists() else ROOT / "build"
    os.environ["DEVHUB"] = str(tools / "tests/devhub/devhub")
    os.environ["BENCH_PROGRAMS"] = str(tools / "tests/bench")
    import rows_crowd
    import rows_flow
    import rows_inbound
    import rows_process
    import rows_tunnel
    from figures import format_table
    rows = {**rows_tunnel.ROWS, **rows_inbound.ROWS, **rows_flow.ROWS, **rows_process.ROWS,
            **rows_crowd.ROWS}
    names = sys.argv[2:] or list(rows)
    if unknown := [name for name in names if name not in rows]:
        sys.exit(f"bench: no such row: {', '.join(unknown)}; there are {', '.join(rows)}")
    machine = describe_machine()
    begun = time.monotonic()
    figures, failed = run_rows(rows, names)
    print(format_table(figures))
    print(f"{time.monotonic() - begun:.0f} s; load average {machine['load_average']:.1f} before"
          + (f"; FAILED: {', '.join(failed)}" if failed else ""))
    if not sys.argv[2:] and not failed:
        results = {"date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"), "machine": machine,
                   "figures": [figure.to_json() for figure in figures]}
        (ROOT / "bench").mkdir(exist_ok=True)
        (ROOT / "bench/results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    return 1 if failed else 0


sys.exit(main())
