#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the root file system of the container image as a tar file:

    build_rootfs.py --version VERSION PROGRAM ROOTFS.tar

It holds the agent, the libraries that it is linked with and the certificates of public authorities, all as Debian's
packages installed them here, their licences, and the bill of materials. There is no shell and no other program. The same
files give the same bytes: times are SOURCE_DATE_EPOCH, which must be set.
"""

import argparse
import datetime
import io
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

USER = 65532
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
FILES = {
    "etc/passwd": f"root:x:0:0:root:/nonexistent:/sbin/nologin\nlookout:x:{USER}:{USER}::/var/lib/lookout:/sbin/nologin\n",
    "etc/group": f"root:x:0:\nlookout:x:{USER}:\n",
    "etc/nsswitch.conf": "hosts: files dns\n",
}
# Where engines mount what they mount, and what the agent may write: name, mode, owner.
FOLDERS = [("dev", 0o755, 0), ("proc", 0o555, 0), ("sys", 0o555, 0), ("run", 0o755, 0), ("tmp", 0o1777, 0),
           ("etc/lookout", 0o755, 0), ("data/stacks", 0o750, USER), ("var/lib/lookout", 0o700, USER)]
# Debian's folders in the root are links; OpenSSL looks for certificates under usr/lib/ssl.
LINKS = {"lib": "usr/lib", "lib64": "usr/lib64", "bin": "usr/bin", "usr/lib/ssl/certs": "/etc/ssl/certs",
         "usr/lib/ssl/cert.pem": CERTIFICATES}


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def libraries(program):
    """The loader and every library, at the paths where the loader looks for them."""
    shown = output("ldd", str(program))
    if "not found" in shown:
        raise SystemExit("build_rootfs: a library is missing:\n" + shown)
    paths = re.findall(r"(?:=> |^\t)(/\S+) \(", shown, re.MULTILINE)
    return sorted({os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path)) for path in paths})


def owners(paths):
    """The packages that installed these files. dpkg knows some by their place before /usr was merged."""
    names = {path: {name.removeprefix(cut) for name in (path, os.path.realpath(path)) for cut in ("", "/usr")}
             for path in paths}
    found = subprocess.run(["dpkg-query", "-S", *sorted(set().union(*names.values()))], capture_output=True, text=True,
                           check=False).stdout
    known = {name: re.split(r"[:,]", line)[0] for line in found.splitlines() for name in [line.rsplit(": ", 1)[-1]]}
    for path in paths:
        if not names[path] & known.keys():
            raise SystemExit(f"build_rootfs: no package owns {path}")
    return {known[name] for path in paths for name in names[path] & known.keys()}


class Tar:
    """Entries in the order of their names, each once, folders before what is in them."""

    def __init__(self, epoch):
        self.epoch = epoch
        self.entries = {}

    def add(self, name, kind, mode, content=b"", target="", user=0):
        for parent in reversed(Path(name).parents):
            if str(parent) != ".":
                self.entries.setdefault(str(parent), self.entry(str(parent), tarfile.DIRTYPE, 0o755, b"", "", 0))
        self.entries[name] = self.entry(name, kind, mode, content, target, user)

    def entry(self, name, kind, mode, content, target, user):
        info = tarfile.TarInfo(name)
        info.type, info.mode, info.size, info.linkname = kind, mode, len(content), target
        info.uid = info.gid = user
        info.mtime = self.epoch
        return info, content

    def write(self, path):
        with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
            for name in sorted(self.entries):
                info, content = self.entries[name]
                tar.addfile(info, io.BytesIO(content))


def add_base(tar):
    for name, text in FILES.items():
        tar.add(name, tarfile.REGTYPE, 0o644, text.encode())
    for name, mode, user in FOLDERS:
        tar.add(name, tarfile.DIRTYPE, mode, user=user)
    for name, target in LINKS.items():
        tar.add(name, tarfile.SYMTYPE, 0o777, target=target)
    tar.add(CERTIFICATES[1:], tarfile.REGTYPE, 0o644, Path(CERTIFICATES).read_bytes())


def add_program(tar, program, version):
    with tempfile.TemporaryDirectory() as folder:
        stripped = Path(folder) / "lookout"
        output("strip", "-o", str(stripped), str(program))
        tar.add("usr/bin/lookout", tarfile.REGTYPE, 0o755, stripped.read_bytes())
        created = datetime.datetime.fromtimestamp(tar.epoch, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        sbom = output(sys.executable, str(Path(__file__).parent.parent / "sbom.py"), "--version", version, "--created",
                      created, str(stripped))
    tar.add("usr/share/doc/lookout/lookout.spdx.json", tarfile.REGTYPE, 0o644, sbom.encode())
    licence = Path(__file__).parents[2] / "LICENSE"
    tar.add("usr/share/doc/lookout/copyright", tarfile.REGTYPE, 0o644, licence.read_bytes())


def main():
    parser = argparse.ArgumentParser(description="Writes the root file system of the container image.")
    parser.add_argument("--version", required=True)
    parser.add_argument("program", type=Path)
    parser.add_argument("tar")
    arguments = parser.parse_args()
    if "SOURCE_DATE_EPOCH" not in os.environ:
        raise SystemExit("build_rootfs: SOURCE_DATE_EPOCH is not set")
    tar = Tar(int(os.environ["SOURCE_DATE_EPOCH"]))
    add_base(tar)
    paths = libraries(arguments.program)
    for path in paths:
        tar.add(path[1:], tarfile.REGTYPE, 0o755, Path(path).read_bytes())
    for package in owners(paths) | {"ca-certificates"}:
        licence = Path("/usr/share/doc") / package / "copyright"
        tar.add(str(licence)[1:], tarfile.REGTYPE, 0o644, licence.read_bytes())
    add_program(tar, arguments.program, arguments.version)
    tar.write(arguments.tar)


main()
