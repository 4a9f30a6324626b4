#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs clang-tidy over the sources of a build directory whose path matches a regular expression:

    packaging/tidy.py BUILD_DIR PATTERN

All processors take part. A source that passed is left out until it, a header of its, its command line or .clang-tidy
changes; what passed is kept in BUILD_DIR/tidy, one file a source. Fails when there is a finding.
"""

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

CLANG_TIDY = "clang-tidy-14"


@lru_cache(maxsize=None)
def hash_of(path):
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return None  # a header that is gone: the source must be looked at again


class Source:
    """One source with the command that compiles it."""

    def __init__(self, entry, config_hash, state):
        self.entry = entry
        self.folder = Path(entry["directory"])
        self.path = os.path.normpath(self.folder / entry["file"])
        self.record = state / (os.path.relpath(self.path).replace("/", "__") + ".json")
        self.key = hashlib.sha256((entry["command"] + config_hash).encode()).hexdigest()

    def has_passed(self):
        if not self.record.exists():
            return False
        record = json.loads(self.record.read_text())
        return record["key"] == self.key and all(hash_of(path) == digest for path, digest in record["files"].items())

    def remember(self):
        self.record.write_text(json.dumps({"key": self.key, "files": {path: hash_of(path) for path in self._files()}}))

    def _files(self):
        """The source and every header that it reads."""
        command = shlex.split(self.entry["command"])
        command = command[:command.index("-MD")] + ["-M", self.entry["file"]]
        if command[0] == "ccache":
            command = command[1:]
        rule = subprocess.run(command, cwd=self.folder, check=True, capture_output=True, text=True).stdout
        return [os.path.normpath(self.folder / name) for name in rule.split(":", 1)[1].replace("\\\n", " ").split()]


def check(source, database):
    """What clang-tidy has to say, or "" when there is nothing."""
    done = subprocess.run([CLANG_TIDY, "-quiet", "-p", str(database), source.path], check=False, capture_output=True,
                          text=True)
    return "" if done.returncode == 0 else done.stdout or done.stderr or f"{source.path}: clang-tidy failed\n"


def main():
    build, pattern = Path(sys.argv[1]), re.compile(sys.argv[2])
    config_hash = hash_of(".clang-tidy")
    # A source that several programs compile is looked at once.
    entries = {entry["file"]: entry for entry in json.loads((build / "compile_commands.json").read_text())}
    state = build / "tidy"
    state.mkdir(exist_ok=True)
    (state / "compile_commands.json").write_text(json.dumps(list(entries.values())))
    sources = [Source(entry, config_hash, state) for entry in entries.values()]
    sources = [source for source in sources if pattern.search(source.path)]
    waiting = [source for source in sources if not source.has_passed()]
    print(f"clang-tidy: {len(waiting)} of {len(sources)} sources", flush=True)
    failed = 0

    def run(source):
        nonlocal failed
        findings = check(source, state)
        if findings:
            failed += 1
            print(findings, end="", flush=True)
        else:
            source.remember()

    pool = ThreadPoolExecutor(os.cpu_count())
    try:
        list(pool.map(run, waiting))
    finally:
        pool.shutdown(cancel_futures=True)
    print(f"clang-tidy: {failed} sources with findings", flush=True)
    return 1 if failed or not sources else 0


if __name__ == "__main__":
    sys.exit(main())
