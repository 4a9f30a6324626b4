# SPDX-License-Identifier: Apache-2.0
"""A certificate authority and server certificates, made by the openssl program."""

import subprocess
from pathlib import Path


def _openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Authority:
    def __init__(self, folder, name="Test CA"):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.certificate = self.folder / "ca.pem"
        self._key = self.folder / "ca.key"
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self._key,
                 "-out", self.certificate, "-days", 2, "-subj", f"/CN={name}", "-addext",
                 "basicConstraints=critical,CA:TRUE")

    def issue(self, label, names, expired=False):
        """(certificate, key) for subject alternative names such as "DNS:localhost" or "IP:127.0.0.1"."""
        key, request, certificate, extensions = (self.folder / f"{label}.{e}" for e in ("key", "csr", "pem", "ext"))
        _openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out",
                 request, "-subj", f"/CN={label}")
        extensions.write_text("subjectAltName=" + ",".join(names) + "\n")
        if expired:
            self._issue_expired(request, certificate, extensions)
        else:
            _openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key, "-set_serial", 2,
                     "-days", 1, "-extfile", extensions, "-out", certificate)
        return certificate, key

    def _issue_expired(self, request, certificate, extensions):
        # Only `openssl ca` can choose both dates.
        database = self.folder / "index.txt"
        database.write_text("")
        config = self.folder / "ca.conf"
        config.write_text(f"[ca]\ndefault_ca=d\n[d]\ndatabase={database}\nnew_certs_dir={self.folder}\nrand_serial=yes\n"
                          "default_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n")
        _openssl("ca", "-batch", "-config", config, "-cert", self.certificate, "-keyfile", self._key, "-in", request,
                 "-out", certificate, "-startdate", "20200101000000Z", "-enddate", "20200201000000Z", "-extfile",
                 extensions, "-notext")
