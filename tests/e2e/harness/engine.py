# SPDX-License-Identifier: Apache-2.0
"""A private Docker engine: its own daemon, storage and socket, no network, one image made from busybox."""

import io
import os
import shutil
import signal
import subprocess
import tarfile
import urllib.parse
from pathlib import Path

from . import unix_http
from .process import Process
from .waiting import wait_until

IMAGE = "lookout/busybox:1.0"


def why_not():
    """Why no private engine can run here; None when it can."""
    if os.geteuid() != 0:
        return "a private Docker engine needs root"
    for program in ("dockerd", "busybox"):
        if not shutil.which(program):
            return f"{program} is not installed; run make deps"
    return None


def busybox_image():
    """A tar of a root file system with a static busybox."""
    busybox = shutil.which("busybox")
    listing = subprocess.run([busybox, "--list"], check=True, capture_output=True, text=True).stdout.split()
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for folder in ("bin", "tmp", "etc", "data"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(entry)
        tar.add(busybox, "bin/busybox")
        for name in listing:
            if name != "busybox":
                entry = tarfile.TarInfo(f"bin/{name}")
                entry.type, entry.linkname = tarfile.SYMTYPE, "busybox"
                tar.addfile(entry)
    return stream.getvalue()


class Engine:
    def __init__(self, folder):
        reason = why_not()
        if reason:
            raise AssertionError(reason)
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.socket = self.folder / "docker.sock"
        self.process = None

    def start(self):
        self.process = Process(
            ["dockerd", "-H", f"unix://{self.socket}", "--data-root", self.folder / "data", "--exec-root",
             self.folder / "exec", "--pidfile", self.folder / "pid", "--bridge=none", "--iptables=false",
             "--ip6tables=false", "--log-level=warn"], self.folder / "dockerd.log")

        def answers():
            if not self.process.is_running():
                raise AssertionError("dockerd ended:\n" + self.process.log()[-3000:])
            try:
                return unix_http.request(self.socket, "GET", "/_ping")[0] == 200
            except OSError:
                return False
        wait_until("dockerd to answer", answers, 60)
        return self

    def load_image(self, name=IMAGE):
        repository, tag = name.rsplit(":", 1)
        query = urllib.parse.urlencode({"fromSrc": "-", "repo": repository, "tag": tag})
        status, _, body = unix_http.request(self.socket, "POST", f"/images/create?{query}", busybox_image())
        assert status == 200, body

    def call(self, method, target, body=None):
        """(status, body) straight from the engine, not through the tunnel."""
        status, _, answer = unix_http.request(self.socket, method, target, body)
        return status, answer

    def stop(self, number=signal.SIGTERM):
        if self.process and self.process.is_running():
            self.process.stop(number)
        self.process = None

    def close(self):
        """Stops it and removes what it made, containers included."""
        if self.process and self.process.is_running():
            self._remove_containers()
        self.stop()
        self._unmount()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _unmount(self):
        """What a stopped engine leaves mounted: network namespaces, layers."""
        mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()]
        for mount in reversed(mounts):
            if mount.startswith(f"{self.folder}/"):
                subprocess.run(["umount", "-q", mount], check=False, stderr=subprocess.DEVNULL)

    def _remove_containers(self):
        import json
        for container in json.loads(self.call("GET", "/containers/json?all=1")[1]):
            self.call("DELETE", f"/containers/{container['Id']}?force=1")
