# SPDX-License-Identifier: Apache-2.0
"""A scripted agent: says hello properly unless told otherwise, then does what the test says."""

import json
import os
import time

from .websocket import WebSocket


class StubAgent:
    def __init__(self, url, key, name="stub", path="/api/portwing/ws"):
        self.key = key
        self.path = path
        self.socket = WebSocket(url, path)
        self.name = name

    def hello(self, **changes):
        """The data of a correct hello; a change to None removes the field. The signature follows the changes."""
        data = {
            "version": "0.0.1", "protocol": "lookout/1.0" if "lookout" in self.path else "portwing/1.0",
            "agentId": "stub-1", "agentName": self.name, "dockerVersion": "1", "hostname": "h", "capabilities": [],
            "pubKeyId": self.key.key_id, "timestamp": int(time.time()), "nonce": os.urandom(16).hex()}
        data.update(changes)
        signed_path = "/api/lookout/ws" if "lookout" in self.path else "/api/portwing/ws"
        data.setdefault("signature", self.key.sign_hello(signed_path, data["timestamp"], data["nonce"]))
        return {name: value for name, value in data.items() if value is not None}

    def send(self, kind, data):
        self.socket.send(json.dumps({"type": kind, "data": data}))

    def receive(self, kind=None):
        """The next frame, or the next of that kind."""
        while True:
            frame = json.loads(self.socket.receive())
            if kind in (None, frame["type"]):
                return frame

    def connect(self, **changes):
        """Says hello and returns the welcome."""
        self.send("hello", self.hello(**changes))
        frame = self.receive()
        assert frame["type"] == "welcome", frame
        return frame["data"]

    def sync(self, containers=()):
        self.send("dd:component_sync", {"watchers": [], "triggers": []})
        self.send("dd:container_sync", {"containers": list(containers)})

    def close(self):
        self.socket.close()
