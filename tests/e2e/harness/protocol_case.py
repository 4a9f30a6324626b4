# SPDX-License-Identifier: Apache-2.0
"""A session with a fake engine behind it, for single frames and their answers."""

import time

from .waiting import wait_until
from .world import WorldCase

AGENT = "edge1"


class ProtocolCase(WorldCase):
    hub_options = []

    def setUp(self):
        super().setUp()
        self.hub = self.world.start_hub(*self.hub_options)
        self.fake = self.world.start_fake(containers=1)
        self.prepare()
        self.agent = self.world.start_agent(self.hub.url, self.fake.path)
        self.connection = self.hub.wait_for_agent(AGENT)["connection"]
        self.hub.wait_for_container(AGENT, "box-0")

    def prepare(self):
        """For routes that must be there before the agent is."""

    def request(self, request_id, path, method="GET", **extra):
        self.hub.send(AGENT, "request", {"requestId": request_id, "method": method, "path": path, "headers": {}, **extra})

    def wait_frame(self, kind, since=0, where=lambda data: True):
        def find():
            return [f["data"] for f in self.hub.frames(AGENT, kind, since) if where(f["data"])]
        return wait_until(f"a {kind} frame", find)[0]

    def wait_outcome(self, request_id, since=0):
        """The response or error for a request that was sent as a bare frame."""
        def find():
            return [f for kind in ("response", "error") for f in self.hub.frames(AGENT, kind, since)
                    if f["data"].get("requestId") == request_id]
        return wait_until(f"an answer to {request_id}", find)[0]

    def assert_alive(self):
        """The session is the same and answers."""
        mark = time.time_ns() % 1_000_000_007
        self.hub.send(AGENT, "ping", {"timestamp": mark})
        self.wait_frame("pong", where=lambda d: d["timestamp"] == mark)
        self.assertEqual(self.hub.agent(AGENT)["connection"], self.connection)
