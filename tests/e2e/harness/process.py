# SPDX-License-Identifier: Apache-2.0
"""Child processes with their output in a file, and what /proc says about them."""

import ctypes
import os
import signal
import subprocess
from pathlib import Path

from .waiting import wait_until


PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def _die_with_parent():
    # Also when the tests are killed, no daemon of theirs stays behind.
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Process:
    """One child. Its output goes to `log`; stop() also reports a sanitizer's complaint as a failure."""

    def __init__(self, arguments, log, environment=None):
        self.log_path = Path(log)
        self._log = open(log, "ab")
        self.child = subprocess.Popen(
            [str(a) for a in arguments], stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT,
            env=environment, start_new_session=True,
            preexec_fn=_die_with_parent)

    @property
    def pid(self):
        return self.child.pid

    def log(self):
        return self.log_path.read_text(errors="replace")

    def wait_for_log(self, text, seconds=30.0):
        def seen():
            if text in self.log():
                return True
            if self.child.poll() is not None:
                raise AssertionError(f"process ended with {self.child.returncode} before {text!r}:\n{self.log()[-3000:]}")
            return False
        wait_until(f"{text!r} in {self.log_path.name}", seen, seconds)

    def is_running(self):
        return self.child.poll() is None

    def send_signal(self, number):
        self.child.send_signal(number)

    def wait(self, seconds=30.0):
        return self.child.wait(seconds)

    def stop(self, number=signal.SIGTERM):
        """Ends it and returns its exit status (negative: the signal)."""
        if self.is_running():
            self.send_signal(number)
            try:
                self.wait(20)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
                raise AssertionError(f"did not end on signal {number}:\n{self.log()[-3000:]}") from None
        self._log.close()
        for complaint in ("AddressSanitizer", "LeakSanitizer", "runtime error:"):
            if complaint in self.log():
                raise AssertionError(f"{complaint} in {self.log_path}:\n{self.log()[-6000:]}")
        return self.child.returncode

    def rss(self):
        """Resident bytes without the pages of files, which the kernel counts for every program that maps them."""
        return self._status("RssAnon") * 1024

    def peak_rss(self):
        return self._status("VmHWM") * 1024

    def total_rss(self):
        return self._status("VmRSS") * 1024

    def _status(self, key):
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(key + ":"):
                return int(line.split()[1])
        raise KeyError(key)

    def descriptors(self):
        """What each open descriptor is, sorted."""
        folder = f"/proc/{self.pid}/fd"
        targets = []
        for name in os.listdir(folder):
            try:
                targets.append(os.readlink(f"{folder}/{name}"))
            except FileNotFoundError:
                pass
        return sorted(targets)

    def children(self):
        text = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [int(pid) for pid in text.split()]

    def threads(self):
        return self._status("Threads")
