# SPDX-License-Identifier: Apache-2.0
"""The two ways of a request to an agent: through a controller's tunnel, and to the agent's own listener. Tests that hold
for both use a Carrier and do not know which one it is; where the ways differ, `ways` names it."""

import dataclasses
import http.client
import json
import re
import socket

from . import unix_http
from .lookout import free_port
from .waiting import PATIENCE, wait_until

@dataclasses.dataclass(frozen=True)
class Ways:
    """What the protocols impose. Anything else is the same over both."""

    # What stands before a target without a version when it reaches the engine.
    version_prefix: str
    # Whether bodies may be any bytes; the tunnel's are JSON in requests, and text in answers that are no streams.
    carries_binary: bool
    # Objects and arrays in answers that are no streams: their values, written anew by the controller, or their bytes.
    rewrites_json: bool
    # Which of the request's headers reach the engine: those four, or all but the credentials.
    passes_all_headers: bool
    # Fields that repeat: joined with ", ", or kept apart.
    joins_repeated_headers: bool
    # The largest answer that is no stream.
    max_answer: float
    # The controller answers 502 to its client whatever the agent reports; the listener tells them apart.
    status_of_timeout: int
    # An answer that breaks off: reported in place of it, or visible as a transfer cut short.
    replaces_broken_answers: bool
    # Whether a stream ends at the engine when its reader goes; the tunnel has that for logs only (LogFollower).
    ends_abandoned_streams: bool
    # The query stands in the audit record.
    audits_query: bool
    # What the audit says of a request that got no answer: an error frame has no status.
    audited_status_of_failure: int
    # How the audit names the proof.
    auth_method: str


TUNNEL = Ways(
    version_prefix="/v1.43", carries_binary=False, rewrites_json=True, passes_all_headers=False,
    joins_repeated_headers=True, max_answer=16 * 1024 * 1024, status_of_timeout=502, replaces_broken_answers=True,
    ends_abandoned_streams=False, audits_query=True, audited_status_of_failure=0, auth_method="session")
LISTENER = Ways(
    version_prefix="", carries_binary=True, rewrites_json=False, passes_all_headers=True,
    joins_repeated_headers=False, max_answer=float("inf"), status_of_timeout=504, replaces_broken_answers=False,
    ends_abandoned_streams=True, audits_query=False, audited_status_of_failure=502, auth_method="token")


class Carrier:
    """An agent before the engine at `docker_socket`, and the way to it."""

    ways: Ways

    def __init__(self, agent):
        self.agent = agent
        self._audit = agent.folder / "audit.log"
        self._audited_before = 0
        agent.set(AUDIT_LOG=self._audit)

    def connect(self, timeout):
        """An http.client connection whose requests reach the agent."""
        raise NotImplementedError

    def credentials(self):
        return {}

    def open(self, method, target, body=None, headers=None, timeout=60.0):
        """The response before its body is read; close its .connection when done."""
        headers = {**(headers or {}), **self.credentials()}
        self._audited_before = len(self._audit_lines())
        return unix_http.open_on(self.connect(timeout * PATIENCE), method, target, body, headers)

    def request(self, method, target, body=None, headers=None, timeout=60.0):
        """(status, headers, body)"""
        response = self.open(method, target, body, headers, timeout)
        try:
            return response.status, response.headers, response.read()
        finally:
            response.connection.close()

    def get_json(self, target):
        status, _, body = self.request("GET", target)
        assert status == 200, (status, body)
        return json.loads(body)

    def audit_record(self, target):
        """The audit record of the last request, which was for that target: it may come after the answer."""
        path = target if self.ways.audits_query else target.split("?")[0]

        def find():
            records = map(json.loads, self._audit_lines()[self._audited_before:])
            return [record for record in records if record.get("path") == path][-1:]
        return wait_until(f"an audit record of {path}", find)[0]

    def _audit_lines(self):
        return self._audit.read_text().splitlines() if self._audit.exists() else []

    def actor(self):
        """How the audit names who asks: a regular expression."""
        raise NotImplementedError

    def run_exec(self, container, argv, typed):
        """(output, exit code) of a process with a terminal, to which `typed` is typed."""
        raise NotImplementedError

    def follow_log(self, container):
        """A LogFollower."""
        raise NotImplementedError


class TunnelCarrier(Carrier):
    ways = TUNNEL

    def __init__(self, world, docker_socket, name, **settings):
        self.hub = world.start_hub("--max-pending", "400", folder=f"hub-{name}")
        super().__init__(world.make_agent(self.hub.url, docker_socket, folder=name, **settings))
        self.name = self.agent.name
        self.agent.start()
        wait_until("the session", lambda: self.hub.agent(self.name))

    def connect(self, timeout):
        return unix_http.Connection(self.hub.socket(self.name), timeout)

    def actor(self):
        return f"^{re.escape(self.hub.url)}$"

    def run_exec(self, container, argv, typed):
        execution = self.hub.exec_start(self.name, container, argv, tty=True)
        self.hub.exec_input(self.name, execution, typed)
        output, reason = self.hub.exec_output(execution)
        return output, 0 if reason == "exited" else int(reason.rsplit(" ", 1)[1])

    def follow_log(self, container):
        return FrameFollower(self, container)


class ListenerCarrier(Carrier):
    ways = LISTENER
    token = "a-token-for-these-tests"

    def __init__(self, world, docker_socket, name, **settings):
        super().__init__(world.make_agent(None, docker_socket, folder=name, **settings))
        self.agent.set(DRYDOCK_URL=None, PRIVATE_KEY_FILE=None, BIND_ADDRESS="127.0.0.1", PORT=free_port(), TOKEN=self.token)
        self.port = int(self.agent.environment["PORT"])
        self.agent.start()
        wait_until("the listener", self._is_open)

    def _is_open(self):
        if not self.agent.process.is_running():
            raise AssertionError("the agent ended:\n" + self.agent.log())
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def connect(self, timeout):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def credentials(self):
        return {"Authorization": f"Bearer {self.token}"}

    def actor(self):
        return r"^127\.0\.0\.1$"

    def run_exec(self, container, argv, typed):
        spec = {"AttachStdin": True, "AttachStdout": True, "AttachStderr": True, "Tty": True, "Cmd": argv}
        status, _, body = self.request("POST", f"/containers/{container}/exec", spec)
        assert status == 201, body
        execution = json.loads(body)["Id"]
        with self._hijack(f"/exec/{execution}/start", {"Detach": False, "Tty": True}) as raw:
            raw.sendall(typed)
            output = b""
            while chunk := raw.recv(65536):
                output += chunk
        return output, self.get_json(f"/exec/{execution}/json")["ExitCode"]

    def _hijack(self, target, body):
        """The raw connection after a 101."""
        connection = self.connect(30 * PATIENCE)
        data = json.dumps(body).encode()
        lines = [f"POST {target} HTTP/1.1", "Host: d", "Connection: Upgrade", "Upgrade: tcp",
                 "Content-Type: application/json", f"Content-Length: {len(data)}"]
        lines += [f"{name}: {value}" for name, value in self.credentials().items()]
        connection.connect()
        raw = connection.sock
        raw.sendall("\r\n".join([*lines, "", ""]).encode() + data)
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = raw.recv(1)
            assert byte, head
            head += byte
        assert head.startswith(b"HTTP/1.1 101 "), head
        return raw

    def follow_log(self, container):
        return HttpFollower(self, container)


class FrameFollower:
    """A followed log by the protocol's own frames."""

    def __init__(self, carrier, container):
        self._carrier = carrier
        self._request = carrier.hub.call("logs_live", agent=carrier.name, container=container, tail=10, since=0, follow=True)

    def read(self):
        """The next piece of text."""
        return self._carrier.hub.control.event(self._request)["data"]["logs"]

    def cancel(self):
        self._carrier.hub.call("logs_cancel", agent=self._carrier.name, request=self._request)


class HttpFollower:
    """A followed log as an answer without end."""

    def __init__(self, carrier, container):
        self._response = carrier.open("GET", f"/containers/{container}/logs?stdout=1&tail=10&follow=1")

    def read(self):
        frame = self._response.read(8)
        return self._response.read(int.from_bytes(frame[4:8], "big")).decode()

    def cancel(self):
        self._response.connection.close()
