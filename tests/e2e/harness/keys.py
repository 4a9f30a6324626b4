# SPDX-License-Identifier: Apache-2.0
"""Ed25519 keys and their signatures, by the openssl program: independent of the code under test."""

import base64
import hashlib
import os
import subprocess
import tempfile
import time
import urllib.parse
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

    def sign(self, text):
        """The signature of those bytes, in base64url without padding."""
        with tempfile.NamedTemporaryFile(dir=self.path.parent) as message:
            message.write(text)
            message.flush()
            raw = _openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.path, "-in", message.name)
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    def sign_hello(self, path, timestamp, nonce):
        return self.sign(f"GET\n{path}\n{EMPTY_SHA256}\n{timestamp}\n{nonce}".encode())

    def sign_request(self, method, target, body=b"", family="Portwing", version="2", timestamp=None, nonce=None, **changes):
        """The headers of a signed request; `changes` replace or, with None, remove what stands behind the prefix."""
        timestamp = str(int(time.time()) if timestamp is None else timestamp)
        nonce = nonce or os.urandom(16).hex()
        signed_target = target if version == "2" else urllib.parse.unquote(target.split("?")[0])
        text = "\n".join([method, signed_target, hashlib.sha256(body).hexdigest(), timestamp, nonce])
        fields = {"Key-ID": self.key_id, "Timestamp": timestamp, "Nonce": nonce, "Signature": self.sign(text.encode()),
                  "Signature-Version": version}
        fields.update({name.replace("_", "-"): value for name, value in changes.items()})
        return {f"X-{family}-{name}": value for name, value in fields.items() if value is not None}
