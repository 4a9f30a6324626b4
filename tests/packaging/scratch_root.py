# SPDX-License-Identifier: Apache-2.0
"""A small Debian of its own, made by mmdebstrap, in which packages can be installed and removed."""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

CONF = "DRYDOCK_URL = ws://127.0.0.1:9\nLOG_LEVEL = debug\n"


def find_package(pattern):
    found = [path for path in Path(os.environ["PACKAGES"]).glob(pattern) if "dbgsym" not in path.name]
    assert len(found) == 1, found
    return found[0]


def next_version(package, folder):
    """The same Debian package with a higher version, as the next build would have."""
    tree = Path(folder) / "tree"
    subprocess.run(["dpkg-deb", "-R", str(package), str(tree)], check=True)
    control = tree / "DEBIAN/control"
    control.write_text(control.read_text().replace("\nVersion: ", "\nVersion: 99:", 1))
    target = Path(folder) / "next.deb"
    subprocess.run(["dpkg-deb", "-Zgzip", "--root-owner-group", "-b", str(tree), str(target)], check=True,
                   stdout=subprocess.DEVNULL)
    return target


def needs_of(package):
    """A service manager, and the packages of libraries that a Debian package depends on."""
    depends = subprocess.run(["dpkg-deb", "-f", str(package), "Depends"], check=True, capture_output=True, text=True).stdout
    libraries = [word.split()[0] for word in depends.split(",") if word.strip().startswith("lib")]
    return ["ca-certificates", "dbus", "systemd-sysv", *libraries]


def bootstrap(packages, target):
    """Makes a small Debian, or unpacks the one with the same packages that ROOTS, a folder, has from before."""
    kept = os.environ.get("ROOTS")
    archive = Path(kept or tempfile.mkdtemp()) / f"{hashlib.sha256(' '.join(packages).encode()).hexdigest()[:16]}.tar"
    if not archive.exists():
        include = ["--include=" + ",".join(packages)] if packages else []
        made = subprocess.run(["mmdebstrap", "--quiet", "--variant=apt", *include, "bookworm", str(archive)],
                              capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise AssertionError(made.stderr)
    subprocess.run(["tar", "-C", str(target), "-xpf", str(archive)], check=True)
    if not kept:
        shutil.rmtree(archive.parent)


class ScratchRoot:
    def __init__(self, *packages):
        if os.geteuid() != 0:
            raise AssertionError("installing into a root file system needs root")
        self.path = Path(tempfile.mkdtemp(prefix="lookout-root-"))
        bootstrap(packages, self.path)
        subprocess.run(["mount", "-t", "proc", "proc", str(self.path / "proc")], check=True)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(self.path / "run")], check=True)
        shutil.copy("/etc/resolv.conf", self.path / "etc/resolv.conf")

    def close(self):
        for name in ("proc", "run"):
            subprocess.run(["umount", "-l", "-q", str(self.path / name)], check=False)
        shutil.rmtree(self.path, ignore_errors=True)

    def run(self, *command, status=0, **options):
        """Runs a command inside; its output, both streams. `status` None takes any."""
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "HOME": "/root"}
        environment.update(options.pop("env", {}))
        done = subprocess.run(["chroot", str(self.path), *map(str, command)], stdout=subprocess.PIPE, timeout=300,
                              stderr=subprocess.STDOUT, text=True, check=False, env=environment, **options)
        if status is not None and done.returncode != status:
            raise AssertionError(f"{command}: exit status {done.returncode}\n{done.stdout}")
        return done.stdout

    def add(self, file):
        shutil.copy(file, self.path / "tmp")
        return f"/tmp/{Path(file).name}"

    def account(self):
        """(uid, gid) of the agent's user."""
        found = re.search(r"(?m)^lookout:[^:]*:(\d+):(\d+):", (self.path / "etc/passwd").read_text())
        return (int(found[1]), int(found[2])) if found else None

    def mode(self, name):
        """(mode, uid, gid) of a file."""
        status = (self.path / name).stat()
        return status.st_mode & 0o7777, status.st_uid, status.st_gid

    def is_enabled(self):
        return (self.path / "etc/systemd/system/multi-user.target.wants/lookout.service").is_symlink()

    def configure(self):
        """As the manual says."""
        self.run("lookout", "keygen", "--out", "/etc/lookout/credentials/private-key")
        with open(self.path / "etc/lookout/lookout.conf", "a", encoding="utf-8") as file:
            file.write(CONF)
        self.run("/usr/libexec/lookout/check-service")

    def run_service(self):
        """The service's command line with its user, rights and credentials, as far as that goes without systemd."""
        uid, gid = self.account()
        credentials = self.path / "run/credentials"
        credentials.mkdir(exist_ok=True)
        key = credentials / "lookout_private-key"
        shutil.copy(self.path / "etc/lookout/credentials/private-key", key)
        key.chmod(0o400)
        os.chown(key, uid, gid)
        command = ["chroot", str(self.path), "setpriv", "--reuid=lookout", "--regid=lookout", "--init-groups",
                   "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", "env", "-i", "PATH=/usr/bin:/bin",
                   "CREDENTIALS_DIRECTORY=/run/credentials", "STATE_DIRECTORY=/var/lib/lookout", "/usr/bin/lookout"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as service:
            try:
                deadline = time.monotonic() + 20
                while "live" not in self.run("lookout", "health", status=None):
                    if time.monotonic() > deadline:
                        service.kill()
                        raise AssertionError("the service does not live:\n" + service.stdout.read())
                    time.sleep(0.2)
                status = Path(f"/proc/{service.pid}/status").read_text()
            finally:
                service.send_signal(signal.SIGTERM)
            log = service.communicate(timeout=20)[0]
        return service.returncode, status, log
