# SPDX-License-Identifier: Apache-2.0
"""Reads as much of api/openapi.yaml as the tests need, with the standard library: its paths and methods, with what stands
in one line below them, and its references."""

import re
from pathlib import Path

FILE = Path(__file__).resolve().parents[3] / "api" / "openapi.yaml"
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


class Operation:
    def __init__(self, path, method):
        self.path = path
        self.method = method.upper()
        self.tag = None
        self.is_public = False
        self.statuses = set()


def read_operations(text):
    """Every operation below `paths`, in the file's order."""
    operations, path, current = [], None, None
    for line in section(text, "paths"):
        if found := re.fullmatch(r"  (/\S*):", line):
            path, current = found[1], None
        elif found := re.fullmatch(r"    (\w+):", line):
            current = None
            if found[1] in METHODS:
                current = Operation(path, found[1])
                operations.append(current)
        elif current and (found := re.fullmatch(r"      tags: \[(\w+)\]", line)):
            current.tag = found[1]
        elif current and line == "      security: []":
            current.is_public = True
        elif current and (found := re.match(r'        "(\d+)":', line)):
            current.statuses.add(int(found[1]))
    return operations


def section(text, name):
    """The lines below a key of the first level."""
    lines = text.splitlines()
    begin = lines.index(f"{name}:") + 1
    end = next((i for i in range(begin, len(lines)) if re.match(r"\S", lines[i])), len(lines))
    return lines[begin:end]


def broken_references(text):
    """References to components that are not there."""
    there, kind = set(), None
    for line in section(text, "components"):
        if found := re.match(r"  (\w+):", line):
            kind = found[1]
        elif found := re.match(r"    ([\w-]+):", line):
            there.add(f"{kind}/{found[1]}")
    return sorted(set(re.findall(r'"#/components/([^"]+)"', text)) - there)
