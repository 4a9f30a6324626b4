#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a bill of materials (SPDX 2.3, JSON) of the agent:

    sbom.py --version VERSION --created 2026-11-24T12:00:00Z PROGRAM > lookout.spdx.json

The parts are the libraries that PROGRAM is really linked with, directly or by another library, as the packages that
own them here (dpkg or rpm), and the header-only libraries that were compiled in. Debian 12 has no tool for this.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

# What is compiled in from headers (of fmt everything in the packages), so the link does not tell.
HEADERS = {
    "rapidjson-dev": "usr/include/rapidjson/rapidjson.h",
    "libexpected-dev": "usr/include/tl/expected.hpp",
    "libcli11-dev": "usr/include/CLI/CLI.hpp",
    "libfmt-dev": "usr/include/fmt/core.h",
}


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def libraries(program):
    """Paths of every shared library that is loaded with the program."""
    found = re.findall(r"=> (/\S+)", output("ldd", str(program)))
    return sorted({os.path.realpath(path) for path in found})


def direct_names(program):
    return set(re.findall(r"\(NEEDED\)\s+Shared library: \[([^\]]+)\]", output("readelf", "-d", str(program))))


def debian_owner(path):
    """(name, version, source) of the package that owns a file."""
    found = subprocess.run(["dpkg-query", "-S", path], capture_output=True, text=True, check=False)
    if found.returncode != 0 and path.startswith("/usr/"):
        found = subprocess.run(["dpkg-query", "-S", path[len("/usr"):]], capture_output=True, text=True, check=False)
    if found.returncode != 0:
        return None
    name = found.stdout.split(": ")[0].split(",")[0]
    shown = output("dpkg-query", "-W", "-f", "${Package}\t${Version}\t${source:Package}\t${Architecture}\n", name)
    return (*shown.splitlines()[0].split("\t"), "deb/debian")


def rpm_owner(path):
    found = subprocess.run(["rpm", "-qf", "--qf", "%{NAME}\t%{VERSION}-%{RELEASE}\t%{NAME}\t%{ARCH}\n", path],
                           capture_output=True, text=True, check=False)
    return (*found.stdout.splitlines()[0].split("\t"), "rpm/fedora") if found.returncode == 0 else None


def owner(path):
    return debian_owner(path) if shutil.which("dpkg-query") else rpm_owner(path)


def identifier(name):
    return "SPDXRef-Package-" + re.sub(r"[^A-Za-z0-9.-]", "-", name)


def package(part, comment):
    name, version, source, architecture, kind = part
    return {
        "SPDXID": identifier(name), "name": name, "versionInfo": version, "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False, "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION", "sourceInfo": f"built from the source package {source}", "comment": comment,
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                          "referenceLocator": f"pkg:{kind}/{name}@{version}?arch={architecture}"}]}


def parts_of(program):
    """The packages by name, each with a word on how it came in."""
    direct = direct_names(program)
    parts = {}
    for path in libraries(program):
        part = owner(path)
        if part is None:
            raise SystemExit(f"sbom: no package owns {path}")
        is_direct = any(Path(path).name.startswith(name.split(".so")[0] + ".") or Path(path).name.startswith(name)
                        for name in direct)
        how = "linked with the program" if is_direct else "linked with one of its libraries"
        if part[0] not in parts or is_direct:
            parts[part[0]] = package(part, how)
    for name, header in HEADERS.items():
        if part := owner("/" + header):
            parts[name] = package(part, "compiled into the program (headers only)")
    return [parts[name] for name in sorted(parts)]


def document(arguments):
    digest = hashlib.sha256(arguments.program.read_bytes()).hexdigest()
    own = {
        "SPDXID": identifier("lookout"), "name": "lookout", "versionInfo": arguments.version,
        "downloadLocation": "NOASSERTION", "filesAnalyzed": False, "licenseConcluded": "Apache-2.0",
        "licenseDeclared": "Apache-2.0", "copyrightText": "NOASSERTION", "primaryPackagePurpose": "APPLICATION",
        "checksums": [{"algorithm": "SHA256", "checksumValue": digest}]}
    parts = parts_of(arguments.program)
    relations = [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": own["SPDXID"]}]
    relations += [{"spdxElementId": own["SPDXID"], "relationshipType": "DEPENDS_ON", "relatedSpdxElement": part["SPDXID"]}
                  for part in parts]
    return {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"lookout-{arguments.version}",
        "documentNamespace": f"https://lookout.invalid/spdx/lookout-{arguments.version}-{digest[:16]}",
        "creationInfo": {"created": arguments.created, "creators": ["Tool: lookout-sbom"]},
        "packages": [own, *parts], "relationships": relations}


def main():
    parser = argparse.ArgumentParser(description="Writes the agent's bill of materials.")
    parser.add_argument("--version", required=True)
    parser.add_argument("--created", required=True)
    parser.add_argument("program", type=Path)
    print(json.dumps(document(parser.parse_args()), indent=1))


main()
