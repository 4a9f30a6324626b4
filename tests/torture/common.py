# SPDX-License-Identifier: Apache-2.0
"""What the torture tests share: the harness of the end-to-end tests, and how long they may take."""

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))

# `make torture` runs everything; `make test` runs what fits into three minutes.
FULL = bool(os.environ.get("TORTURE_FULL"))
SANITIZED = bool(os.environ.get("E2E_SANITIZED"))
AGENT = "edge1"
MEBIBYTE = 1024 * 1024


def processor_seconds(pid):
    """What a process has used of the processor since its start."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def busy_seconds(pid):
    """For how long its first thread has run, or would have if the processor had been free for it."""
    running, waiting = Path(f"/proc/{pid}/schedstat").read_text().split()[:2]
    return (int(running) + int(waiting)) / 1e9


def assert_idle(case, process, seconds=1.0, share=0.25, attempts=60):
    """Fails when the process runs in circles instead of waiting; what it still has to clear up it may."""
    for _ in range(attempts):
        before = busy_seconds(process.pid)
        time.sleep(seconds)
        used = busy_seconds(process.pid) - before
        if used < seconds * share:
            return
    case.fail(f"{used:.2f} s of work in {seconds} s of waiting")
