#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the agent refuses to start with, what SIGHUP changes, and how it ends."""

import http.client
import json
import os
import signal
import ssl
import subprocess
import threading
import time
import unittest

from harness.certificates import Authority
from harness.inbound import TOKEN, InboundCase, echo
from harness.lookout import LOOKOUT
from harness.waiting import wait_until

EX_CONFIG = 78


class StartTest(InboundCase):
    def assert_refused(self, words, **settings):
        self.make_agent(**{"folder": f"agent{time.monotonic_ns()}", **settings})
        for arguments in ((), ("check-config",)):
            done = subprocess.run([LOOKOUT, *arguments], env=self.agent.environment, capture_output=True, text=True,
                                  timeout=20)
            self.assertEqual(done.returncode, EX_CONFIG, done.stderr)
            self.assertIn(words, done.stderr)
        self.assertEqual(self.fake.calls, [])

    def test_nothing_to_prove_oneself_with(self):
        self.assert_refused("DRYDOCK_URL: not set")
        self.assert_refused("DRYDOCK_URL: not set", ALLOW_UNAUTHENTICATED_REMOTE="true")
        self.assert_refused("covers loopback only", ALLOW_UNAUTHENTICATED="true", BIND_ADDRESS="0.0.0.0")
        self.assert_refused("covers loopback only", ALLOW_UNAUTHENTICATED="true", BIND_ADDRESS="::")

    def test_credentials_that_cannot_do_their_job(self):
        keys = self.write_keys()
        open_keys = self.write_keys(name="open")
        os.chmod(open_keys, 0o644)
        text = self.world.folder / "text"
        text.write_text("nothing of use")
        os.chmod(text, 0o600)
        self.assert_refused("ENROLLMENT_TOKEN: set without AUTHORIZED_KEYS", TOKEN=TOKEN, ENROLLMENT_TOKEN="a")
        self.assert_refused("TOKEN_HASH: ", TOKEN_HASH="$argon2i$v=19$m=19456,t=2,p=1$AAAAAAAAAAA$AAAAAAAAAAA")
        self.assert_refused("TOKEN_HASH: ", TOKEN_HASH="$argon2id$v=19$m=4194304,t=2,p=1$" + "A" * 22 + "$" + "A" * 43)
        self.assert_refused("TOKEN_HASH_FILE: ", TOKEN_HASH_FILE=text)
        self.assert_refused("TOKEN_FILE: ", TOKEN_FILE=self.world.folder / "missing")
        self.assert_refused("AUTHORIZED_KEYS: ", AUTHORIZED_KEYS=open_keys)
        self.assert_refused("AUTHORIZED_KEYS: ", AUTHORIZED_KEYS=self.world.folder)
        self.assert_refused("TRUSTED_PROXIES: ", AUTHORIZED_KEYS=keys, TRUSTED_PROXIES="10.0.0.0/33")
        self.assert_refused("TLS_KEY: set without TLS_CERT", TOKEN=TOKEN, TLS_KEY=text)
        self.assert_refused("TLS_CERT: ", TOKEN=TOKEN, TLS_KEY=text, TLS_CERT=text)
        certificate, key = Authority(self.world.folder / "ca").issue("server", ["IP:127.0.0.1"])
        os.chmod(key, 0o600)
        self.assert_refused("TLS_CLIENT_CA: ", TLS_KEY=key, TLS_CERT=certificate, TLS_CLIENT_CA=text)
        self.assert_refused("TLS_CLIENT_CA: ", TOKEN=TOKEN, TLS_CLIENT_CA=certificate)

    def test_a_fifo_as_a_key_file_does_not_hang(self):
        fifo = self.world.folder / "fifo"
        os.mkfifo(fifo, 0o600)
        self.assert_refused("AUTHORIZED_KEYS: ", AUTHORIZED_KEYS=fifo)

    def test_open_to_this_host_when_that_is_meant(self):
        self.start(ALLOW_UNAUTHENTICATED="true")
        self.assertIn("commands Docker", self.agent.log())
        self.assertEqual(self.ask().status, 200)
        self.assertEqual(self.ask_with_token("anything").status, 200)
        record = self.wait_audit("api_request")
        self.assertEqual((record["actor"], record["auth_method"]), ("127.0.0.1", "none"))

    def test_a_list_of_no_keys_is_not_open(self):
        self.start(AUTHORIZED_KEYS=self.write_keys(), ALLOW_UNAUTHENTICATED="true")
        self.assertEqual(self.ask().status, 401)
        self.assertEqual(self.ask_with_token("anything").status, 401)
        self.assertEqual(self.wait_audit("auth_failure")["reason"], "no_credentials")

    def test_docker_may_come_later(self):
        socket_path = self.world.folder / "later.sock"
        self.start(TOKEN=TOKEN, DOCKER_SOCKET=socket_path)
        self.assertEqual(self.ask(target="/health").status, 200)
        self.assertEqual(self.ask(target="/ready").status, 503)
        self.assertEqual(self.ask_with_token().status, 502)
        socket_path.symlink_to(self.fake.path)
        wait_until("Docker to be found", lambda: self.ask(target="/ready").status == 200)
        self.assertEqual(self.ask_with_token().status, 200)

    def test_a_port_that_is_taken(self):
        self.start(TOKEN=TOKEN)
        port = self.agent.port
        other = self.world.make_agent(None, self.fake.path, folder="other", DRYDOCK_URL=None, PRIVATE_KEY_FILE=None,
                                      BIND_ADDRESS="127.0.0.1", TOKEN=TOKEN, PORT=port)
        other.start()
        self.assertEqual(other.process.wait(), 1)
        self.assertIn(f"cannot listen on 127.0.0.1 port {port}: the port is in use", other.log())


class ReloadTest(InboundCase):
    def reload(self):
        before = self.agent.log().count("will be used as they are now") + self.agent.log().count("nothing was changed")
        self.agent.process.send_signal(signal.SIGHUP)

        def is_done():
            log = self.agent.log()
            return log.count("will be used as they are now") + log.count("nothing was changed") > before
        wait_until("the reload", is_done)

    def test_keys(self):
        first, second = self.make_key("first.key"), self.make_key("second.key")
        path = self.write_keys(first)
        self.start(AUTHORIZED_KEYS=path)
        self.write_keys(second)
        self.assertEqual((self.ask_signed(first).status, self.ask_signed(second).status), (200, 401))
        self.reload()
        self.assertEqual((self.ask_signed(first).status, self.ask_signed(second).status), (401, 200))
        self.assertIn(f"a key may sign from now on key=\"{second.key_id} (test)\"", self.agent.log())
        self.assertIn(f"a key may not sign any more key=\"{first.key_id} (test)\"", self.agent.log())
        # A file that others can read is no list of keys.
        self.write_keys(first)
        os.chmod(path, 0o644)
        self.reload()
        self.assertEqual((self.ask_signed(first).status, self.ask_signed(second).status), (401, 200))

    def test_nonces_survive(self):
        key = self.make_key("client.key")
        self.start(AUTHORIZED_KEYS=self.write_keys(key))
        headers = key.sign_request("GET", "/echo")
        self.assertEqual(self.ask(headers=headers).status, 200)
        self.reload()
        self.assertEqual(self.ask(headers=headers).headers["X-Portwing-Reason"], "replay")

    def test_tokens(self):
        path = self.world.folder / "token"
        path.write_text("old\n")
        os.chmod(path, 0o600)
        self.start(TOKEN_FILE=path)
        self.assertEqual(self.ask_with_token("old").status, 200)
        path.write_text("new\n")
        self.reload()
        self.assertEqual((self.ask_with_token("old").status, self.ask_with_token("new").status), (401, 200))
        path.write_text("\n")
        self.reload()
        self.assertEqual((self.ask_with_token("").status, self.ask_with_token("new").status), (401, 200))

    def test_the_certificate_and_who_may_show_one(self):
        first, second = (Authority(self.world.folder / name, name) for name in ("first", "second"))
        pair = [self.world.folder / name for name in ("server.pem", "server.key", "clients.pem")]

        def install(authority):
            certificate, key = authority.issue("server", ["IP:127.0.0.1"])
            for source, target in zip((certificate, key, authority.certificate), pair):
                target.write_bytes(source.read_bytes())
                os.chmod(target, 0o600)

        def status(server, client=None):
            """The answer to a client of that authority, where the server's certificate is of the other."""
            context = ssl.create_default_context(cafile=server.certificate)
            if client:
                context.load_cert_chain(*client.issue("client", ["DNS:client"]))
            connection = http.client.HTTPSConnection("127.0.0.1", self.agent.port, timeout=30, context=context)
            try:
                connection.request("GET", "/echo")
                return connection.getresponse().status
            except OSError as error:  # a refused certificate may show as a reset only
                return type(error).__name__
            finally:
                connection.close()

        install(first)
        self.start(TLS_CERT=pair[0], TLS_KEY=pair[1], TLS_CLIENT_CA=pair[2])
        self.assertEqual([status(first), status(first, first)], [401, 200])
        record = self.wait_audit("api_request")
        self.assertEqual((record["auth_method"], record["certificate"]), ("certificate", "CN=client"))
        self.assertNotEqual(status(first, second), 200)
        install(second)
        self.reload()
        self.assertEqual([status(second), status(second, second)], [401, 200])
        self.assertEqual(status(first), "SSLCertVerificationError")
        self.assertNotEqual(status(second, first), 200)
        # A key that does not belong to its certificate changes nothing.
        pair[1].write_bytes(first.issue("other", ["IP:127.0.0.1"])[1].read_bytes())
        self.reload()
        self.assertEqual(status(second, second), 200)

    def test_the_audit_file(self):
        self.start(TOKEN=TOKEN)
        self.ask_with_token()
        self.wait_audit("api_request")
        self.audit_path.rename(self.audit_path.with_suffix(".1"))
        self.reload()
        self.ask_with_token(target="/echo?new")
        self.assertEqual(self.wait_audit("api_request")["status"], 200)

    def test_without_anything_to_reload(self):
        self.start(ALLOW_UNAUTHENTICATED="true")
        self.reload()
        self.assertEqual(self.ask().status, 200)


class ShutdownTest(InboundCase):
    def test_a_request_under_way_is_answered_and_recorded(self):
        arrived, go_on = threading.Event(), threading.Event()
        self.addCleanup(go_on.set)

        def slow(handler, path):
            arrived.set()
            go_on.wait(20)
            echo(handler, path)
        self.fake.on("/slow", slow)
        self.start(TOKEN=TOKEN)
        answers = []
        client = threading.Thread(target=lambda: answers.append(self.ask_with_token(target="/slow")))
        client.start()
        self.assertTrue(arrived.wait(20))
        self.agent.process.send_signal(signal.SIGTERM)
        self.agent.process.wait_for_log("shutting down")
        with self.assertRaises(OSError):
            self.ask(target="/health")
        go_on.set()
        client.join()
        self.assertEqual(answers[0].status, 200)
        self.assertEqual(json.loads(answers[0].text)["target"], "/slow")
        self.assertEqual(self.agent.process.wait(), 0)
        self.assertEqual([record["path"] for record in self.audit("api_request")], ["/slow"])

    def test_a_second_signal_ends_it_at_once(self):
        self.fake.on("/slow", self.fake.hang)
        self.start(TOKEN=TOKEN)
        client = threading.Thread(target=self.ignore_failure)
        client.start()
        wait_until("the request", lambda: ("GET", "/slow") in self.fake.calls)
        begun = time.monotonic()
        self.agent.process.send_signal(signal.SIGTERM)
        self.agent.process.wait_for_log("shutting down")
        self.agent.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.agent.process.wait(), 0)
        self.assertLess(time.monotonic() - begun, 4)
        client.join()
        self.assertEqual(self.audit("api_request")[0]["outcome"], "cancelled")

    def ignore_failure(self):
        try:
            self.ask_with_token(target="/slow")
        except OSError:
            pass


if __name__ == "__main__":
    unittest.main()
