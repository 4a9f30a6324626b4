#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Secrets planted wherever a secret can be: none of them comes out, not in a log at debug level, not in a core dump, not
in what check-config, errors, metrics, records or answers say."""

import base64
import json
import os
import resource
import signal
import subprocess
import unittest
from pathlib import Path

from common import AGENT, SANITIZED

from harness.connect_proxy import ConnectProxy
from harness.inbound import InboundCase
from harness.lookout import LOOKOUT

TOKEN = "planted-token-81c2"
WRONG_TOKEN = "planted-guess-93d7"
ENROLLMENT = "planted-enrolment-55aa"
PROXY_PASSWORD = "planted-proxy-password-7e"
REGISTRY_PASSWORD = "planted-registry-password-4f"


class SecretsCase(InboundCase):
    def forms_of(self, secret):
        """A secret as it is, in base64 of either alphabet, and in hexadecimal digits."""
        raw = secret if isinstance(secret, bytes) else secret.encode()
        forms = {raw, base64.b64encode(raw).rstrip(b"="), base64.urlsafe_b64encode(raw).rstrip(b"="), raw.hex().encode()}
        return {form for form in forms if len(form) >= 8}

    def assert_clean(self, texts, secrets):
        for name, text in texts.items():
            data = text if isinstance(text, bytes) else text.encode()
            for secret in secrets:
                for form in self.forms_of(secret):
                    self.assertNotIn(form, data, f"{form!r} in {name}")

    @staticmethod
    def seed_of(key):
        text = subprocess.run(["openssl", "pkey", "-in", key.path, "-outform", "DER"], check=True, capture_output=True).stdout
        return text[-32:]

    def check_config(self):
        done = subprocess.run([LOOKOUT, "check-config"], env=self.agent.environment, capture_output=True, text=True, timeout=20)
        return done.stdout + done.stderr


class ListenerTest(SecretsCase):
    def test_nothing_leaks(self):
        signer = self.make_key("signer.key")
        self.start(TOKEN=TOKEN, AUTHORIZED_KEYS=self.write_keys(signer), ENROLLMENT_TOKEN=ENROLLMENT, LOG_LEVEL="debug")
        registry = base64.b64encode(json.dumps({"username": "u", "password": REGISTRY_PASSWORD}).encode()).decode()
        answers = {}

        def ask(name, *arguments, **options):
            answers[name] = self.ask(*arguments, **options).text
        ask("right token", headers={"Authorization": f"Bearer {TOKEN}"})
        ask("engine", headers={"X-Portwing-Token": TOKEN, "X-Registry-Auth": registry}, target="/images/create?fromImage=a")
        ask("wrong token", headers={"Authorization": f"Bearer {WRONG_TOKEN}"})
        ask("no scheme", headers={"Authorization": WRONG_TOKEN})
        ask("signed", headers=signer.sign_request("GET", "/echo"))
        body = json.dumps({"enrollment_token": ENROLLMENT, "public_key": "rubbish"})
        ask("enrolment", "POST", "/api/portwing/enroll", body=body)
        ask("wrong enrolment", "POST", "/api/portwing/enroll", body=body.replace(ENROLLMENT, WRONG_TOKEN))
        for target in ("/metrics", "/_portwing/audit", "/_portwing/audit/export", "/_portwing/info", "/health"):
            ask(target, target=target, headers={"Authorization": f"Bearer {TOKEN}"})
        compose = {"operation": "up", "stackName": "s", "files": {"docker-compose.yml": "services: {}"},
                   "registryAuth": {"server": "localhost:1", "username": "u", "password": REGISTRY_PASSWORD},
                   "envVars": {"DB_PASSWORD": REGISTRY_PASSWORD}}
        ask("compose", "POST", "/_portwing/compose", body=json.dumps(compose), headers={"Authorization": f"Bearer {TOKEN}"})
        self.agent.process.send_signal(signal.SIGHUP)
        self.agent.process.wait_for_log("will be used as they are now")
        config = self.check_config()
        self.assertIn("(hidden)", config)
        self.agent.stop()
        self.assertIn("request", self.agent.log())
        texts = {"log": self.agent.log(), "audit": self.audit_path.read_text(), "check-config": config, **answers}
        secrets = [TOKEN, WRONG_TOKEN, ENROLLMENT, REGISTRY_PASSWORD, self.seed_of(signer)]
        # The engine gets the registry's credentials, and with them the echo; the agent's own it never gets.
        del texts["engine"]
        self.assert_clean(texts, secrets)
        self.assert_clean({"engine": answers["engine"]}, [TOKEN])
        self.assert_clean(self.files_of_the_agent(), secrets)

    def files_of_the_agent(self):
        return {str(path): path.read_bytes() for path in self.agent.folder.rglob("*") if path.is_file()}

    def test_hashes_are_secrets_too(self):
        """Whoever has the hash can guess at leisure."""
        made = subprocess.run([LOOKOUT, "hash-token"], input=TOKEN, capture_output=True, text=True, check=True)
        phc = made.stdout.strip()
        self.start(TOKEN_HASH=phc, LOG_LEVEL="debug")
        self.assertEqual(self.ask(headers={"Authorization": f"Bearer {TOKEN}"}).status, 200)
        config = self.check_config()
        self.agent.stop()
        tag = phc.rsplit("$", 1)[1]
        self.assert_clean({"log": self.agent.log(), "config": config, "audit": self.audit_path.read_text()}, [TOKEN, tag])

    def test_errors_in_the_configuration(self):
        """What is wrong with a secret is said without it."""
        self.make_agent(LOG_LEVEL="debug", TOKEN=TOKEN, ENROLLMENT_TOKEN=ENROLLMENT, TOKEN_HASH="$argon2id$" + WRONG_TOKEN,
                        HTTPS_PROXY=f"socks5://u:{PROXY_PASSWORD}@proxy:1", DRYDOCK_URL="ftp://u:" + REGISTRY_PASSWORD + "@h")
        config = self.check_config()
        self.assertIn("TOKEN_HASH", config)
        self.assert_clean({"check-config": config}, [TOKEN, ENROLLMENT, PROXY_PASSWORD, WRONG_TOKEN, REGISTRY_PASSWORD])


class TunnelTest(SecretsCase):
    def test_nothing_leaks(self):
        proxy = ConnectProxy(f"user:{PROXY_PASSWORD}")
        self.addCleanup(proxy.close)
        hub = self.world.start_hub()
        # Loopback is never asked for at a proxy; this name is another host to the agent.
        url = hub.url.replace("127.0.0.1", "controller.invalid")
        self.agent = self.world.start_agent(url, self.fake.path, ALLOW_INSECURE_EDGE_URL="true", LOG_LEVEL="debug",
                                            AUDIT_LOG=self.audit_path, HTTP_PROXY=f"http://user:{PROXY_PASSWORD}@{proxy.address}")
        hub.wait_for_agent(AGENT)
        registry = base64.b64encode(json.dumps({"password": REGISTRY_PASSWORD}).encode()).decode()
        hub.http(AGENT, "POST", "/images/create?fromImage=a", {}, {"X-Registry-Auth": registry})
        config = self.check_config()
        metrics = self.agent_text("/metrics")
        proxy.credentials = "user:another"
        hub.fault("cut", agent=AGENT)
        self.agent.process.wait_for_log("407")
        self.agent.stop()
        self.assert_clean({"log": self.agent.log(), "check-config": config, "audit": self.audit_path.read_text(),
                           "metrics": metrics},
                          [PROXY_PASSWORD, f"user:{PROXY_PASSWORD}", REGISTRY_PASSWORD, registry,
                           self.seed_of(self.world.key)])

    def agent_text(self, target):
        return self.ask(target=target, headers={"Host": "localhost"}).text


class MemoryTest(SecretsCase):
    @unittest.skipIf(SANITIZED, "the sandbox is off, since leaks are looked for by another process")
    def test_there_is_no_core_dump(self):
        self.make_agent(TOKEN=TOKEN)
        pattern = Path("/proc/sys/kernel/core_pattern").read_text().strip()
        soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_CORE, (soft, hard))
        self.agent.start()
        self.wait_until_open()
        pid = self.agent.process.pid
        # What the kernel says of a process that may not be dumped: its files in /proc are root's.
        self.assertEqual(os.stat(f"/proc/{pid}/mem").st_uid, 0)
        self.agent.process.send_signal(signal.SIGSEGV)
        status = self.agent.process.child.wait(20)
        self.assertEqual(status, -signal.SIGSEGV)
        self.agent.process = None
        left = [path for path in Path.cwd().glob("core*") if path.is_file()]
        self.assertEqual(left, [], f"core_pattern is {pattern}")

    @unittest.skipIf(SANITIZED, "the sandbox is off, since leaks are looked for by another process")
    def test_nobody_of_the_same_user_can_look_into_it(self):
        if os.geteuid() != 0:
            self.skipTest("needs another user")
        self.make_agent(TOKEN=TOKEN)
        self.agent.start()
        self.wait_until_open()
        pid = self.agent.process.pid
        status = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line)
        self.assertEqual(status["NoNewPrivs"].strip(), "1")
        # As root without any capability, which is the agent's own user.
        looker = subprocess.run(["setpriv", "--bounding-set=-all", "--inh-caps=-all", "cat", f"/proc/{pid}/environ"],
                                capture_output=True, check=False)
        self.assertNotEqual(looker.returncode, 0)
        self.assertNotIn(TOKEN.encode(), looker.stdout)


if __name__ == "__main__":
    unittest.main()
