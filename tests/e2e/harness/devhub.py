# SPDX-License-Identifier: Apache-2.0
"""The devhub process, its control socket, and HTTP to an agent's engine through it."""

import base64
import json
import os
import queue
import socket
import threading
from pathlib import Path

from . import unix_http
from .process import Process
from .waiting import PATIENCE, wait_until

DEVHUB = os.environ.get("DEVHUB", "build/tests/devhub/devhub")


class Control:
    """One connection to control.sock. Replies are matched by id; events wait in queues by what they are about."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._replies = {}
        self._events = {}
        self._last_id = 0
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _queue(self, table, key):
        with self._lock:
            return table.setdefault(key, queue.Queue())

    def _read(self):
        try:
            for line in self._socket.makefile("rb"):
                message = json.loads(line)
                if "event" in message:
                    self._queue(self._events, message.get("exec") or message.get("request")).put(message)
                else:
                    self._queue(self._replies, message["id"]).put(message)
        except OSError:
            pass  # closed by us

    def call(self, cmd, **arguments):
        """The result of a command; an AssertionError when the hub refuses it."""
        with self._sending:
            self._last_id += 1
            number = self._last_id
            line = json.dumps({"id": number, "cmd": cmd, **arguments}) + "\n"
            self._socket.sendall(line.encode())
        reply = self._queue(self._replies, number).get(timeout=60 * PATIENCE)
        assert reply["ok"], f"{cmd}: {reply.get('error')}"
        return reply["result"]

    def event(self, about, seconds=30.0):
        """The next event about that exec or request."""
        try:
            return self._queue(self._events, about).get(timeout=seconds * PATIENCE)
        except queue.Empty:
            raise AssertionError(f"no event about {about} within {seconds * PATIENCE:.0f} s") from None

    def close(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


class DevHub:
    """A running devhub, with its sockets in `folder`."""

    def __init__(self, folder, keys, *options):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.keys_file = self.folder / "authorized_keys"
        self.keys_file.write_text("".join(key.authorized_line() for key in keys))
        self.options = list(options)
        self.listen = "127.0.0.1:0"
        self.process = None
        self.control = None

    def start(self):
        log = self.folder / "devhub.log"
        begin = log.stat().st_size if log.exists() else 0
        self.process = Process([DEVHUB, "--listen", self.listen, "--dir", self.folder, "--authorized-keys",
                                self.keys_file, *self.options], log)

        def address():
            text = log.read_text()[begin:]
            if not self.process.is_running():
                raise AssertionError("devhub ended: " + text)
            return text.split("listening on ", 1)[1].split("\n")[0] if "listening on " in text and \
                text.endswith("\n") else None
        self.url = wait_until("devhub to listen", address)
        # A restart comes back on the same port.
        self.listen = self.url.split("://", 1)[1]
        self.control = Control(self.folder / "control.sock")
        return self

    def stop(self):
        if self.control:
            self.control.close()
            self.control = None
        if self.process:
            self.process.stop()
            self.process = None

    def call(self, cmd, **arguments):
        return self.control.call(cmd, **arguments)

    def fault(self, kind, **arguments):
        self.call("fault", kind=kind, **arguments)

    def agent(self, name):
        """What the hub knows of a connected agent, or None."""
        return next((entry for entry in self.call("agents") if entry["name"] == name), None)

    def wait_for_agent(self, name, seconds=30.0, newer_than=0):
        """Waits for a session with a finished first sync; `newer_than` is a connection number it must exceed."""
        def synced():
            entry = self.agent(name)
            ready = entry and entry["connection"] > newer_than and self.call("containers", agent=name)["synced"]
            return entry if ready else None
        return wait_until(f"agent {name} to connect and sync", synced, seconds)

    def containers(self, name):
        """The store of an agent: name -> container."""
        return {c["name"]: c for c in self.call("containers", agent=name)["containers"]}

    def wait_for_container(self, agent, name, condition=lambda c: c is not None, seconds=30.0):
        """Waits until condition(container or None) holds for the stored container of that name."""
        return wait_until(f"container {name} in the inventory of {agent}",
                          lambda: condition(self.containers(agent).get(name)) and (self.containers(agent).get(name)
                                                                                   or True), seconds)

    def last_seq(self):
        entries = self.call("trace", since=0)
        return entries[-1]["seq"] if entries else 0

    def trace(self, **filters):
        return self.call("trace", **filters)

    def frames(self, agent, kind, since=0):
        """The incoming frames of a kind, as objects (only those that were kept whole)."""
        return [json.loads(e["text"]) for e in self.trace(agent=agent, type=kind, since=since)
                if e["direction"] == "in" and e["size"] == len(e["text"].encode())]

    def send(self, agent, kind, data):
        self.call("send", agent=agent, frame={"type": kind, "data": data})

    def http(self, agent, method, target, body=None, headers=None, timeout=60.0):
        """One request to the agent's engine: (status, headers, body)."""
        return unix_http.request(self.socket(agent), method, target, body, headers, timeout * PATIENCE)

    def socket(self, agent):
        return self.folder / f"{agent}.sock"

    # Exec, as far as tests need it ---------------------------------------------------------------------------

    def exec_start(self, agent, container, argv, **options):
        return self.call("exec_start", agent=agent, container=container, argv=argv, **options)

    def exec_input(self, agent, execution, data):
        self.call("exec_input", agent=agent, exec=execution, data=base64.b64encode(data).decode())

    def exec_output(self, execution, seconds=60.0):
        """(output, reason) of an exec that ends by itself."""
        output = b""
        while True:
            event = self.control.event(execution, seconds)
            if event["event"] == "exec_output":
                output += base64.b64decode(event["data"])
            elif event["event"] == "exec_end":
                return output, event["reason"]

    def exec_read_until(self, execution, wanted, seconds=30.0):
        """Output until it holds `wanted`."""
        output = b""
        while wanted not in output:
            event = self.control.event(execution, seconds)
            assert event["event"] != "exec_end", (event, output)
            if event["event"] == "exec_output":
                output += base64.b64decode(event["data"])
        return output
