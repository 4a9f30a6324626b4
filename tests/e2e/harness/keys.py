# SPDX-License-Identifier: Apache-2.0
"""Ed25519 keys and hello signatures, by the openssl program: independent of the code under test."""

import base64
import hashlib
import os
import subprocess
from pathlib import Path

EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()


def _openssl(*arguments, data=None):
    return subprocess.run(["openssl", *map(str, arguments)], input=data, check=True, capture_output=True).stdout


class Key:
    """A private key in a file of mode 0600."""

    def __init__(self, path):
        self.path = Path(path)
        if not self.path.exists():
            _openssl("genpkey", "-algorithm", "ed25519", "-out", path)
            os.chmod(path, 0o600)
        self.public = _openssl("pkey", "-in", path, "-pubout", "-outform", "DER")[-32:]
        self.key_id = hashlib.sha256(self.public).hexdigest()[:16]

    def authorized_line(self):
        return "ed25519 " + base64.b64encode(self.public).decode() + " test\n"

    def sign_hello(self, path, timestamp, nonce):
        text = f"GET\n{path}\n{EMPTY_SHA256}\n{timestamp}\n{nonce}".encode()
        message = self.path.with_suffix(".message")
        message.write_bytes(text)
        raw = _openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.path, "-in", message)
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")
