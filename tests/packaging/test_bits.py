#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Two builds of one tree are the same, bit by bit."""

import hashlib
import os
import subprocess
import unittest
from pathlib import Path

FIRST = Path(os.environ["PACKAGES"])
SECOND = os.environ.get("SECOND_PACKAGES")


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in Path(folder).iterdir()
            if path.suffix in (".deb", ".rpm")}


@unittest.skipUnless(SECOND, "there is no second build")
class BitsTest(unittest.TestCase):
    def test_both_builds_are_the_same(self):
        first = digests(FIRST)
        self.assertTrue(any(name.endswith(".deb") for name in first) and any(name.endswith(".rpm") for name in first))
        self.assertEqual(first, digests(SECOND))


class ContentsTest(unittest.TestCase):
    def test_names(self):
        architecture = subprocess.run(["dpkg", "--print-architecture"], check=True, capture_output=True, text=True).stdout.strip()
        names = {path.name for path in FIRST.iterdir()}
        self.assertTrue(any(name.startswith("lookout_") and name.endswith(f"_{architecture}.deb") for name in names), names)
        self.assertTrue(any(name.startswith("lookout-") and name.endswith(".rpm") for name in names), names)


if __name__ == "__main__":
    unittest.main()
