#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The listener with TLS: client certificates as a proof, certificates renewed while it runs; and sockets that are handed
over."""

import base64
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import unittest

from harness.certificates import Authority
from harness.inbound import TOKEN, Answer, InboundCase
from harness.lookout import LOOKOUT
from harness.waiting import PATIENCE, wait_until


class TlsCase(InboundCase):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.world.folder / "ca", "Server CA")
        self.client_authority = Authority(self.world.folder / "clients", "Client CA")
        self.certificate, self.key = self.world.folder / "server.pem", self.world.folder / "server.key"
        self.install("first")
        self.client = self.client_authority.issue("operator", ["DNS:operator"])

    def install(self, label):
        certificate, key = self.authority.issue(label, ["IP:127.0.0.1"])
        self.certificate.write_bytes(certificate.read_bytes())
        self.key.write_bytes(key.read_bytes())
        os.chmod(self.key, 0o600)

    def start_tls(self, **settings):
        return self.start(TLS_CERT=self.certificate, TLS_KEY=self.key, **settings)

    def connect_tls(self, client=None):
        context = ssl.create_default_context(cafile=self.authority.certificate)
        if client:
            context.load_cert_chain(*client)
        return http.client.HTTPSConnection("127.0.0.1", self.agent.port, timeout=30 * PATIENCE, context=context)

    def ask_tls(self, method="GET", target="/echo", headers=None, body=None, client=None):
        connection = self.connect_tls(client)
        try:
            connection.request(method, target, body, headers or {})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read().decode())
        finally:
            connection.close()


class ClientCertificateTest(TlsCase):
    def setUp(self):
        super().setUp()
        self.start_tls(TLS_CLIENT_CA=self.client_authority.certificate, TOKEN=TOKEN)

    def test_a_certificate_is_a_proof(self):
        self.assertEqual(self.ask_tls(client=self.client).status, 200)
        self.assertEqual(self.wait_audit("api_request")["auth_method"], "certificate")
        self.assert_refused(self.ask_tls(), 401, "unauthorized")
        self.assertEqual(self.ask_tls(headers={"X-Portwing-Token": TOKEN}).status, 200)
        self.assertEqual(self.ask_tls(target="/health").status, 200)

    def test_it_rescues_no_wrong_token(self):
        answer = self.ask_tls(headers={"X-Portwing-Token": "wrong"}, client=self.client)
        self.assert_refused(answer, 401, "unauthorized")

    def test_it_passes_where_tokens_are_locked_out(self):
        for _ in range(10):
            self.ask_tls(headers={"X-Portwing-Token": "wrong"})
        self.assertEqual(self.ask_tls(headers={"X-Portwing-Token": TOKEN}).status, 429)
        self.assertEqual(self.ask_tls(client=self.client).status, 200)

    def test_one_of_another_authority_is_no_proof(self):
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.ask_tls(client=self.authority.issue("stranger", ["DNS:stranger"]))


class RenewalTest(TlsCase):
    def subject(self):
        connection = self.connect_tls()
        connection.connect()
        try:
            return dict(part[0] for part in connection.sock.getpeercert()["subject"])["commonName"]
        finally:
            connection.close()

    def reload(self, words):
        before = self.agent.log().count(words)
        self.agent.process.send_signal(signal.SIGHUP)
        wait_until(words, lambda: self.agent.log().count(words) > before)

    def test_a_new_certificate(self):
        self.start_tls(TOKEN=TOKEN)
        self.assertEqual(self.subject(), "first")
        self.install("second")
        self.reload("will be used as they are now")
        self.assertEqual(self.subject(), "second")
        self.certificate.write_text("nothing of use")
        self.reload("nothing was changed")
        self.assertEqual(self.subject(), "second")

    def test_enrollment(self):
        newcomer = self.make_key("newcomer.key")
        self.start_tls(AUTHORIZED_KEYS=self.write_keys(), ENROLLMENT_TOKEN="once")
        body = json.dumps({"enrollment_token": "once", "public_key": base64.b64encode(newcomer.public).decode()})
        self.assertEqual(self.ask_tls("POST", "/api/portwing/enroll", {}, body).status, 200)
        self.assertEqual(self.ask_tls(headers=newcomer.sign_request("GET", "/echo")).status, 200)


class HandedOverSocketTest(InboundCase):
    """What a service manager does for a .socket unit."""

    def run_activated(self, **settings):
        self.make_agent(**settings)
        listening = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listening.close)
        self.agent.port = listening.getsockname()[1]
        environment = {**self.agent.environment, "LISTEN_FDS": "1"}
        child = subprocess.Popen(["sh", "-c", 'LISTEN_PID=$$ exec "$0"', os.path.abspath(LOOKOUT)], env=environment,
                                 stderr=subprocess.PIPE, text=True, pass_fds=(3,),
                                 preexec_fn=lambda: os.dup2(listening.fileno(), 3))
        self.addCleanup(child.stderr.close)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        return child

    def test_requests_are_served_on_it(self):
        child = self.run_activated(TOKEN=TOKEN)
        self.assertEqual(self.ask_with_token().status, 200)
        self.assertEqual(self.ask().status, 401)
        child.terminate()
        self.assertEqual(child.wait(20), 0)


if __name__ == "__main__":
    unittest.main()
