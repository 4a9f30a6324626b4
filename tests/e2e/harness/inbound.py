# SPDX-License-Identifier: Apache-2.0
"""An agent in standard mode before a fake engine, and a client that sends what it is told to."""

import dataclasses
import http.client
import json
import os
import socket

from .keys import Key
from .waiting import PATIENCE, wait_until
from .world import WorldCase

TOKEN = "a-token-for-tests"


@dataclasses.dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    text: str


def echo(handler, _path):
    """Answers with what the engine was asked."""
    handler.reply(200, {"method": handler.command, "target": handler.path, "length": len(handler.body),
                        "headers": {name.lower(): value for name, value in handler.headers.items()}})


class InboundCase(WorldCase):
    def setUp(self):
        super().setUp()
        self.fake = self.world.start_fake(containers=1)
        self.fake.on("/echo", echo)
        self.audit_path = self.world.folder / "audit"

    def make_agent(self, **settings):
        basis = {"DRYDOCK_URL": None, "PRIVATE_KEY_FILE": None, "BIND_ADDRESS": "127.0.0.1", "AUDIT_LOG": self.audit_path}
        self.agent = self.world.make_agent(None, self.fake.path, **{**basis, **settings})
        return self.agent

    def start(self, **settings):
        self.make_agent(**settings).start()
        self.wait_until_open()
        return self.agent

    def wait_until_open(self):
        def is_open():
            if not self.agent.process.is_running():
                raise AssertionError("the agent ended:\n" + self.agent.log())
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.agent.port)) == 0
        wait_until("the listener", is_open)

    def write_keys(self, *keys, name="authorized_keys"):
        path = self.world.folder / name
        path.write_text("".join(key.authorized_line() for key in keys))
        os.chmod(path, 0o600)
        return path

    def make_key(self, name):
        return Key(self.world.folder / name)

    def ask(self, method="GET", target="/echo", headers=None, body=None, source="127.0.0.1"):
        """An answer to a client at that address."""
        connection = http.client.HTTPConnection("127.0.0.1", self.agent.port, timeout=30 * PATIENCE,
                                                source_address=(source, 0))
        try:
            connection.request(method, target, body, headers or {})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read().decode())
        finally:
            connection.close()

    def ask_with_token(self, token=TOKEN, **extra):
        return self.ask(headers={"Authorization": f"Bearer {token}"}, **extra)

    def ask_signed(self, key, method="GET", target="/echo", body=None, source="127.0.0.1", **signing):
        headers = key.sign_request(method, target, body or b"", **signing)
        return self.ask(method, target, headers, body, source)

    def connect(self):
        """A raw connection."""
        raw = socket.create_connection(("127.0.0.1", self.agent.port), timeout=30 * PATIENCE)
        self.addCleanup(raw.close)
        return raw

    def audit(self, event=None):
        lines = self.audit_path.read_text().splitlines() if self.audit_path.exists() else []
        return [record for record in map(json.loads, lines) if event in (None, record["event"])]

    def wait_audit(self, event, **fields):
        def find():
            return [r for r in self.audit(event) if all(r.get(name) == value for name, value in fields.items())]
        return wait_until(f"an audit record {event} {fields}", find)[-1]

    def assert_refused(self, answer, status, text):
        self.assertEqual((answer.status, answer.text), (status, text + "\n"))
        self.assertEqual(answer.headers["Content-Type"], "text/plain; charset=utf-8")
        self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(answer.headers["WWW-Authenticate"], "Bearer" if status == 401 else None)
        retry_after = answer.headers["Retry-After"]
        self.assertEqual(retry_after is not None, status in (429, 503), retry_after)
        if retry_after is not None:
            self.assertIn(int(retry_after), range(1, 61))


def read_head(raw):
    """The bytes up to the end of a head."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = raw.recv(1)
        if not byte:
            break
        head += byte
    return head
