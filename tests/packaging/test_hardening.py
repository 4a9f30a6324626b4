#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How the program is hardened: the one that was built here (LOOKOUT), and those in the packages (PACKAGES)."""

import os
import platform
import subprocess
import tempfile
import unittest
from pathlib import Path

from hardening import weaknesses

PACKAGES = os.environ.get("PACKAGES")
UNPACK = {".deb": 'dpkg-deb --fsys-tarfile "$0" | tar -x ./usr/bin/lookout',
          ".rpm": 'rpm2cpio "$0" | cpio --quiet -id ./usr/bin/lookout'}


def compile_program(folder, source, *options):
    program = Path(folder) / "program"
    subprocess.run(["c++", "-x", "c++", "-", "-o", str(program), *options], input=source, text=True, check=True)
    return program


class CheckerTest(unittest.TestCase):
    """The check itself finds what is missing."""

    SOURCE = """#include <string>
                asm(".section .soft, \\"awx\\"; .byte 0; .text");
                int main(int count, char **texts) { return std::string(texts[0])[count]; }"""
    SOFT = ("-no-pie", "-fno-stack-protector", "-fcf-protection=none", "-U_FORTIFY_SOURCE", "-Wl,-z,execstack", "-Wl,-z,norelro",
            "-Wl,-z,lazy", "-Wl,-rpath,/tmp", "-Wl,--no-warn-rwx-segments")

    def test_a_soft_program_has_every_weakness(self):
        with tempfile.TemporaryDirectory() as folder:
            found = weaknesses(compile_program(folder, self.SOURCE, *self.SOFT))
        for weakness in ("not position independent", "no RELRO", "bound late", "executable stack", "writable and executable",
                         "path of its own", "no stack protector", "no checks in libstdc++", "no FORTIFY"):
            self.assertTrue(any(weakness in text for text in found), (weakness, found))

    def test_code_that_must_be_changed_when_it_is_loaded(self):
        source = 'int answer; int main() { int *p; asm("movabs $answer, %0" : "=r"(p)); return *p; }'
        with tempfile.TemporaryDirectory() as folder:
            self.assertIn("relocations in code", weaknesses(compile_program(folder, source, "-pie", "-Wl,-z,notext")))

    @unittest.skipUnless(platform.machine() == "x86_64", "CET is x86-64's")
    def test_a_function_in_a_table_where_no_jump_may_land(self):
        source = "int F() { return 0; } int (*table[])() = {F}; int main() { return table[0](); }"
        with tempfile.TemporaryDirectory() as folder:
            found = weaknesses(compile_program(folder, source, "-pie", "-fcf-protection=none"))
        self.assertIn("not marked for a shadow stack", found)
        self.assertRegex(" ".join(found), r"\b1 of \d+ functions that are called through pointers have no ENDBR64")


@unittest.skipUnless("LOOKOUT" in os.environ, "no program was built here")
@unittest.skipIf(os.environ.get("E2E_SANITIZED"), "a program with sanitizers is not what is released")
class BuiltTest(unittest.TestCase):
    def test_the_program_is_hardened(self):
        self.assertEqual(weaknesses(os.environ["LOOKOUT"], fortified=os.environ["FORTIFIED"] == "1"), [])


@unittest.skipUnless(PACKAGES, "there are no packages")
class PackagedTest(unittest.TestCase):
    def test_the_programs_in_the_packages_are_hardened(self):
        packages = [path for path in Path(PACKAGES).iterdir() if path.suffix in UNPACK and "dbgsym" not in path.name]
        self.assertEqual({path.suffix for path in packages}, set(UNPACK))
        for package in packages:
            with self.subTest(package.name), tempfile.TemporaryDirectory() as folder:
                subprocess.run(["sh", "-c", UNPACK[package.suffix], str(package)], cwd=folder, check=True)
                self.assertEqual(weaknesses(Path(folder, "usr/bin/lookout")), [])


if __name__ == "__main__":
    unittest.main()
