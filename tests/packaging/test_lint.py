#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""lintian and rpmlint have nothing to say."""

import os
import subprocess
import unittest
from pathlib import Path

PACKAGES = Path(os.environ["PACKAGES"])
ROOT = Path(__file__).resolve().parents[2]


class LintTest(unittest.TestCase):
    def test_lintian(self):
        for package in sorted(PACKAGES.glob("*.deb")):
            result = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", package], capture_output=True,
                                    text=True, check=False)
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_rpmlint(self):
        for package in sorted(PACKAGES.glob("*.rpm")):
            result = subprocess.run(["rpmlint", "--strict", "-c", ROOT / "packaging/rpm/rpmlint.toml", package],
                                    capture_output=True, text=True, check=False)
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
            self.assertIn("0 errors, 0 warnings", result.stdout)


if __name__ == "__main__":
    unittest.main()
