# SPDX-License-Identifier: Apache-2.0
"""Waiting for conditions, never for time."""

import os
import time

# Sanitizers and loaded machines are slow; the deadlines below are for failures only.
PATIENCE = float(os.environ.get("E2E_PATIENCE", "1"))


def wait_until(what, condition, seconds=30.0):
    """Calls condition() until it returns something true, and returns that; fails with `what` after a while."""
    deadline = time.monotonic() + seconds * PATIENCE
    pause = 0.005
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds * PATIENCE:.0f} s for: {what}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.2)
