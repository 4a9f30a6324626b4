#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks what neither the compiler nor clang-tidy checks: file sizes, first lines, includes, who may include which
library, that docs/architecture.md names every file of the product, and that a folder could be compiled as one source.
Prints one line a fault and fails when there is one. Takes the source folder, default its own."""

import re
import sys
from pathlib import Path

FOLDERS = ["base", "auth", "proxy", "tunnel", "agent"]  # each may include itself and those before it
MAX_LINES = 400
SCRIPTS = {".py", ".sh"}

# A C library is wrapped where it is listed and nowhere else.
CAGES = {
    "libwebsockets.h": ("base/LwsContext", "tunnel/WebSocket", "tests/"),
    "curl/": ("proxy/Curl", "tests/"),
    "seccomp.h": ("base/SyscallFilter",),
    "rapidjson/": ("base/RapidJson", "tests/fuzz/RapidTree"),
    "sodium": ("auth/", "tests/"),
    "openssl/": ("auth/", "proxy/ServerTls", "proxy/StreamBio", "proxy/Tls", "tunnel/Certificate", "tunnel/Tls", "tests/"),
    "prometheus/": ("agent/Exposition",),
    "CLI/": ("agent/CommandLine", "tests/devhub/"),
}
DEFINITION = re.compile(r"(?:constexpr|const|std::).*?\b(k[A-Z]\w*)(?: =|\{)|(?:class|struct|enum class) (\w+)\b"
                        r"|[\w:<>,&* ]+?[ *&](\w+)\((.*)\)(?: noexcept)? \{$")
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')


def check_include(name, quote, target):
    if quote == "<":
        for library, users in CAGES.items():
            if target.startswith(library) and not name.startswith(users):
                yield f"includes <{target}>, which belongs in {', '.join(users)} only"
        return
    folder = target.split("/")[0]
    if "/" not in target:
        yield f'includes "{target}" without its folder'
    elif folder != "tests" and folder not in FOLDERS:
        yield f'includes "{target}" from no folder of ours'
    elif not name.startswith("tests/"):
        own = name.split("/")[0]
        if folder == "tests" or FOLDERS.index(folder) > FOLDERS.index(own):
            yield f'includes "{target}" against the direction {" <- ".join(FOLDERS)}'


def check_source(name, lines):
    if not lines or lines[0] != "// SPDX-License-Identifier: Apache-2.0":
        yield "does not begin with the SPDX line"
    if name.endswith(".hxx") and lines[1:2] != ["#pragma once"]:
        yield "has no #pragma once in its second line"
    if len(lines) > MAX_LINES:
        yield f"has {len(lines)} lines; the limit is {MAX_LINES}"
    for line in lines:
        if found := INCLUDE.match(line):
            yield from check_include(name, found[1], found[2])


def check_script(lines):
    if not any("SPDX-License-Identifier: Apache-2.0" in line for line in lines[:2]):
        yield "has no SPDX line"
    if len(lines) > MAX_LINES:
        yield f"has {len(lines)} lines; the limit is {MAX_LINES}"


def check_map(name, text):
    if name.split("/")[0] in FOLDERS and f"`{Path(name).stem}`" not in text:
        yield "is not in docs/architecture.md"


def unnamed_names(lines):
    """What the unnamed namespace of a source defines: constants, types, functions with their parameters' types."""
    inside = False
    for line in lines:
        if line == "namespace {":
            inside = True
        elif line == "}  // namespace":
            inside = False
        elif inside and (found := DEFINITION.match(line)):
            yield found[1] or found[2] or found[3] + "(" + re.sub(r"\s*\w+(,|$)", r"\1", found[4]) + ")"


def check_unity(name, lines, seen):
    """Packages are compiled folder by folder: what two files call the same would be one and the same there."""
    if name.split("/")[0] not in FOLDERS or not name.endswith(".cxx"):
        return
    for defined in unnamed_names(lines):
        other = seen.setdefault((name.split("/")[0], defined), name)
        if other != name:
            yield f"defines {defined}, as {other} does; one of them needs another name"


def files(root):
    for folder in [*FOLDERS, "tests", "packaging", ".ci"]:
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and "corpus" not in path.parts and "__pycache__" not in path.parts:
                yield path


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    architecture = (root / "docs/architecture.md").read_text(encoding="utf-8")
    faults = seen = 0
    defined = {}
    for path in files(root):
        name = path.relative_to(root).as_posix()
        if path.suffix in (".cxx", ".hxx"):
            lines = path.read_text(encoding="utf-8").splitlines()
            found = [*check_source(name, lines), *check_map(name, architecture), *check_unity(name, lines, defined)]
        elif path.suffix in SCRIPTS or path.name == "run":
            found = check_script(path.read_text(encoding="utf-8").splitlines())
        else:
            continue
        seen += 1
        for fault in found:
            print(f"{name}: {fault}")
            faults += 1
    print(f"style: {seen} files, {faults} faults")
    return 1 if faults or not seen else 0


sys.exit(main())
