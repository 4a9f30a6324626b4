#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Manual pages, the sample configuration, completions, the bill of materials, and what documents claim of tests."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"
BUILT = Path(os.environ["BUILD_ROOT"]) / "packaging"
LOOKOUT = os.environ["LOOKOUT"]


def run(*command, **options):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False, timeout=60, **options)


def commands():
    """The program's commands by name, with the long options of each."""
    listed = run(LOOKOUT, "--help").stdout.split("Subcommands:")[1].split("\n\n")[0]
    names = re.findall(r"^  ([a-z][a-z-]*) ", listed, re.M)
    return {name: set(re.findall(r"--[a-z-]+", run(LOOKOUT, name, "--help").stdout.split("Options:")[-1])) - {"--help"}
            for name in names}


class ManualTest(unittest.TestCase):
    def test_every_page_is_formatted_without_complaint(self):
        for page in ("lookout.1", "lookout.conf.5"):
            result = run("groff", "-man", "-Tutf8", "-ww", "-rCHECKSTYLE=3", "-z", BUILT / page)
            self.assertEqual((result.returncode, result.stderr), (0, ""), page)

    def test_the_first_page_knows_every_command_and_option(self):
        text = (BUILT / "lookout.1").read_text().replace("\\-", "-")
        for command, options in commands().items():
            self.assertRegex(text, rf"(?m)^(\.B |\\fB){command}\b", command)
            for option in options:
                self.assertIn(option, text, f"{command} {option}")

    def test_the_second_page_knows_every_setting(self):
        text = (BUILT / "lookout.conf.5").read_text().replace("\\-", "-")
        for line in run(LOOKOUT, "check-config", env={}).stdout.splitlines():
            self.assertIn(f"\\fB{line.split()[0]}\\fR", text)


class SampleTest(unittest.TestCase):
    def setUp(self):
        self.text = (BUILT / "lookout.conf").read_text()

    def check(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
            file.write(text)
            file.flush()
            return run(LOOKOUT, "check-config", "--config", file.name, env={})

    def test_it_changes_nothing(self):
        self.assertTrue(all(line.startswith("#") or not line for line in self.text.splitlines()))
        self.assertEqual(self.check(self.text).stdout, run(LOOKOUT, "check-config", env={}).stdout)

    def test_it_has_every_setting_with_its_default(self):
        active = re.sub(r"(?m)^#([A-Z_0-9]+ =)", r"\1", self.text)
        shown = self.check(active).stdout.splitlines()
        default = run(LOOKOUT, "check-config", env={}).stdout.splitlines()
        self.assertEqual([line.split()[:2] for line in shown], [line.split()[:2] for line in default])
        named = re.findall(r"(?m)^#([A-Z_0-9]+) =", self.text)
        self.assertEqual(named, [line.split()[0] for line in default])


class CompletionTest(unittest.TestCase):
    FILES = ("lookout.bash", "_lookout", "lookout.fish")

    def test_every_shell_knows_every_command_and_option(self):
        for name in self.FILES:
            text = (PACKAGING / "completions" / name).read_text()
            for command, options in commands().items():
                self.assertIn(command, text, name)
                for option in options:
                    self.assertIn(option if name != "lookout.fish" else f"-l {option[2:]}", text, f"{name}: {command}")

    def test_bash_completes(self):
        script = (f"source {PACKAGING}/completions/lookout.bash; COMP_WORDS=(lookout {{}}); "
                  "COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _lookout; echo ${{COMPREPLY[@]}}")
        for typed, expected in (("hea", "health"), ("health --r", "--ready"), ("keygen --", "--out --comment --pub-from --help")):
            self.assertEqual(run("bash", "-c", script.format(typed)).stdout.strip(), expected)


class MaterialsTest(unittest.TestCase):
    def test_names_what_the_program_is_linked_with(self):
        made = run(PACKAGING / "sbom.py", "--version", "1.2.3", "--created", "2026-01-01T00:00:00Z", LOOKOUT)
        self.assertEqual(made.returncode, 0, made.stderr)
        document = json.loads(made.stdout)
        self.assertEqual((document["spdxVersion"], document["dataLicense"]), ("SPDX-2.3", "CC0-1.0"))
        packages = {package["name"]: package for package in document["packages"]}
        for name in ("lookout", "libssl3", "libcurl4", "libsodium23", "libwebsockets17", "libseccomp2", "rapidjson-dev",
                     "libfmt-dev"):
            self.assertIn(name, packages)
        needed = re.findall(r"\[(lib[^\]]+)\]", run("readelf", "-d", LOOKOUT).stdout)
        direct = [p for p in packages.values() if p.get("comment") == "linked with the program"]
        self.assertGreaterEqual(len(direct), len([n for n in needed if not n.startswith(("libm.", "libc."))]) - 1)
        known = {package["SPDXID"] for package in document["packages"]} | {"SPDXRef-DOCUMENT"}
        for relation in document["relationships"]:
            self.assertLessEqual({relation["spdxElementId"], relation["relatedSpdxElement"]}, known)


class PolicyTest(unittest.TestCase):
    def test_every_test_that_the_policy_names_exists(self):
        named = [pair for page in ("SECURITY.md", "docs/reliability.md")
                 for pair in re.findall(r"`(tests/[^`]+)` \"([^\"]+)\"", (ROOT / page).read_text())]
        self.assertGreater(len(named), 100)
        for path, case in named:
            text = re.sub(r'",\n *"', '", "', re.sub(r'"\n *"', "", (ROOT / path).read_text()))
            written = {".py": f"def {case}(self", ".cxx": f'"{case}", "['}.get(Path(path).suffix, case)
            self.assertIn(written, text, path)

    def test_every_measure_names_its_tests(self):
        table = (ROOT / "SECURITY.md").read_text().split("## Measures")[1].split("## Limits")[0]
        rows = [line for line in table.splitlines() if line.startswith("| ")][2:]
        self.assertGreater(len(rows), 30)
        for row in rows:
            self.assertRegex(row, r"`tests/[^`]+` \"[^\"]+\"")


class ScriptTest(unittest.TestCase):
    def test_the_shell_understands_every_script(self):
        scripts = [*PACKAGING.glob("*.sh"), *PACKAGING.glob("container/*.sh"), PACKAGING / "debian/lookout.postinst",
                   PACKAGING / "debian/lookout.postrm"]
        for script in scripts:
            shell = "bash" if script.read_text().startswith("#!/bin/bash") else "sh"
            self.assertEqual(run(shell, "-n", script).stderr, "", script)

    @unittest.skipUnless(shutil.which("git") and (ROOT / ".git").exists(), "no clone")
    def test_the_sources_are_copied_with_one_time_and_plain_modes(self):
        with tempfile.TemporaryDirectory() as folder:
            result = run(PACKAGING / "package_source.sh", folder + "/s")
            self.assertEqual(result.returncode, 0, result.stderr)
            files = [path for path in Path(folder, "s").rglob("*") if path.is_file() and not path.is_symlink()]
            self.assertIn(Path(folder, "s/meson.build"), files)
            self.assertEqual(len({int(path.stat().st_mtime) for path in files}), 1)
            self.assertLessEqual({path.stat().st_mode & 0o777 for path in files}, {0o644, 0o755})


if __name__ == "__main__":
    unittest.main()
