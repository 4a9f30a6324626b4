#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The adapters' routes and event streams, with a real engine, and with a fake one for sizes."""

import http.client
import json
import signal
import socket
import time
import unittest

from harness.carrier import ListenerCarrier, TunnelCarrier
from harness.engine import IMAGE, why_not
from harness.event_stream import EventStream
from harness.waiting import PATIENCE, wait_until
from harness.world import World, create_container

# What users are promised: a change is seen within 2 s.
PROMISE = 2.0 * PATIENCE
SECRET = {"X-Dd-Agent-Secret": ListenerCarrier.token}


class Client(ListenerCarrier):
    """What a controller in standard mode does."""

    def credentials(self):
        return SECRET

    def events(self, path, headers=None):
        return EventStream(self.open("GET", path, headers=headers))


class AdapterCase(unittest.TestCase):
    adapter = "drydock"
    stream_path = "/api/events"
    real_engine = True
    fake_options = {}

    @classmethod
    def setUpClass(cls):
        if cls.real_engine and why_not():
            raise unittest.SkipTest(why_not())
        cls.world = World()
        cls.addClassCleanup(cls.world.close)
        if cls.real_engine:
            cls.engine = cls.world.start_engine()
            cls.docker_socket = cls.engine.socket
        else:
            cls.fake = cls.world.start_fake(**cls.fake_options)
            cls.docker_socket = cls.fake.path
        cls.client = Client(cls.world, cls.docker_socket, "agent", ADAPTER=cls.adapter)
        cls.names = 0

    def setUp(self):
        if self.real_engine:
            self.addCleanup(self.engine._remove_containers)

    def open_events(self, headers=None):
        stream = self.client.events(self.stream_path, headers)
        self.addCleanup(stream.close)
        self.assertEqual(stream.status, 200)
        return stream

    def docker(self, method, target, body=None):
        status, answer = self.engine.call(method, target, body)
        self.assertLess(status, 400, answer)
        return answer

    def create(self, name, argv=("sleep", "600"), **extra):
        return create_container(lambda m, t, b=None: (lambda s, a: (s, None, a))(*self.engine.call(m, t, b)), name,
                                list(argv), **extra)


class DrydockTest(AdapterCase):
    def open_synced(self):
        stream = self.open_events()
        stream.wait("a snapshot", lambda e: e["type"] == "dd:watcher-snapshot")
        return stream

    def test_the_controllers_flow(self):
        container = self.create("flow", Labels={"dd.tag.include": "^1<&>"})
        wait_until("the container in the inventory", lambda: any(
            c["id"] == container for c in self.client.get_json("/api/containers")))
        stream = self.open_events()
        self.assertEqual(stream.headers["Content-Type"], "text/event-stream")
        self.assertEqual(stream.headers["Cache-Control"], "no-cache")
        _, ack = stream.wait("the acknowledgement", lambda e: e["type"] == "dd:ack")
        self.assertEqual(stream.events[0][1], ack)
        data = ack["data"]
        for field, kind in (("version", str), ("os", str), ("arch", str), ("cpus", int), ("memoryGb", float),
                            ("uptimeSeconds", int), ("lastSeen", str), ("logLevel", str), ("pollInterval", str)):
            self.assertIsInstance(data[field], kind, field)
            self.assertTrue(data[field] or field == "uptimeSeconds", field)
        self.assertEqual(data["containers"], {"total": 1, "running": 1, "stopped": 0})
        self.assertEqual(data["images"], 1)
        containers = self.client.get_json("/api/containers")
        watchers = self.client.get_json("/api/watchers")
        triggers = self.client.get_json("/api/triggers")
        self.assertEqual([c["name"] for c in containers], ["flow"])
        self.assertEqual(containers[0]["includeTags"], "^1<&>")
        self.assertEqual(containers[0]["watcher"], watchers[0]["name"])
        self.assertEqual(containers[0]["image"]["tag"], {"value": "1.0", "semver": True, "tagPrecision": "floating"})
        self.assertEqual(triggers, [])
        _, snapshot = stream.wait("the snapshot", lambda e: e["type"] == "dd:watcher-snapshot")
        self.assertEqual(snapshot["data"], {"containers": containers, "watcher": watchers[0]})
        _, headers, body = self.client.request("GET", "/api/containers")
        self.assertEqual(headers["Content-Type"], "application/json")
        self.assertNotIn(b"<", body)
        self.assertTrue(body.endswith(b"]\n"))

    def change(self, stream, act, what, where):
        """The first event for which where(event) after act(), within what is promised."""
        seen = len(stream.events)
        started = time.monotonic()
        act()
        at, event = stream.wait(what, where, after=seen)
        self.assertLess(at - started, PROMISE, what)
        return event

    def test_changes_are_pushed(self):
        stream = self.open_synced()
        seen = len(stream.events)
        container = self.create("pushed")
        def is_status(status):
            return lambda e: (e["type"] in ("dd:container-added", "dd:container-updated")
                              and e["data"]["id"] == container and e["data"]["status"] == status)
        stream.wait("the new container", is_status("running"), after=seen)
        kinds = [e["type"] for _, e in stream.events[seen:] if e["type"] != "dd:watcher-snapshot"]
        self.assertEqual(kinds[0], "dd:container-added")
        self.change(stream, lambda: self.docker("POST", f"/containers/{container}/stop?t=0"), "stop", is_status("exited"))
        self.change(stream, lambda: self.docker("POST", f"/containers/{container}/start"), "start", is_status("running"))
        self.change(stream, lambda: self.docker("POST", f"/containers/{container}/pause"), "pause", is_status("paused"))
        self.docker("POST", f"/containers/{container}/unpause")
        self.change(stream, lambda: self.docker("POST", f"/containers/{container}/rename?name=renamed"), "rename",
                    lambda e: e["type"] == "dd:container-updated" and e["data"]["name"] == "renamed")
        removed = self.change(stream, lambda: self.docker("DELETE", f"/containers/{container}?force=1"), "removal",
                              lambda e: e["type"] == "dd:container-removed")
        self.assertEqual(removed["data"], {"id": container, "name": "renamed"})
        _, snapshot = stream.wait("a snapshot without it", lambda e: e["type"] == "dd:watcher-snapshot"
                                  and all(c["id"] != container for c in e["data"]["containers"]), after=seen)
        self.assertIsInstance(snapshot["data"]["containers"], list)

    def test_removing(self):
        container = self.create("doomed")
        stream = self.open_synced()
        stream.wait("the container", lambda e: e["type"] != "dd:ack" and "doomed" in json.dumps(e))
        seen = len(stream.events)
        status, _, body = self.client.request("DELETE", "/api/containers/doomed")
        self.assertEqual((status, body), (204, b""))
        self.assertTrue(all(c["id"] != container for c in self.client.get_json("/api/containers")))
        _, event = stream.wait("its removal", lambda e: e["type"] == "dd:container-removed", after=seen)
        self.assertEqual(event["data"], {"id": container, "name": "doomed"})
        status, headers, body = self.client.request("DELETE", "/api/containers/doomed")
        self.assertEqual(status, 404)
        self.assertEqual(headers["Content-Type"], "text/plain; charset=utf-8")
        self.assertTrue(body.startswith(b"removing container: remove container: docker error (status 404): "), body)
        self.assertEqual(self.client.request("DELETE", "/api/containers/..%2fimages")[0], 400)

    def test_the_end_of_the_agent_ends_streams(self):
        client = Client(self.world, self.docker_socket, "ending", ADAPTER="drydock")
        stream = client.events("/api/events")
        self.addCleanup(stream.close)
        stream.wait("a snapshot", lambda e: e["type"] == "dd:watcher-snapshot")
        started = time.monotonic()
        client.agent.stop(signal.SIGTERM)
        wait_until("the end of the stream", lambda: stream.ended)
        self.assertEqual(stream.ended, "end")
        self.assertEqual(stream.comments[-1], ": stream ended: the agent is shutting down")
        self.assertLess(time.monotonic() - started, 4 * PATIENCE)

    def test_nobody_is_told_anything_without_a_proof(self):
        for path in ("/api/containers", "/api/events", "/api/containers/x/logs", "/api/watchers"):
            connection = self.client.connect(10)
            self.addCleanup(connection.close)
            connection.request("GET", path)
            self.assertEqual(connection.getresponse().status, 401, path)

    def test_head_and_methods(self):
        status, headers, body = self.client.request("HEAD", "/api/events")
        self.assertEqual((status, headers["Content-Type"], body), (200, "text/event-stream", b""))
        status, headers, _ = self.client.request("PATCH", "/api/containers/x")
        self.assertEqual((status, headers["Allow"]), (405, "DELETE"))
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
        status, _, body = self.client.request("POST", "/api/watchers/docker/docker", {})
        self.assertEqual((status, json.loads(body)["error"]), (501, "not implemented in v1.0"))
        self.assertEqual(self.client.request("GET", "/api/v1/version")[0], 404)


class LogTest(AdapterCase):
    def read_log(self, name, query=""):
        return self.client.request("GET", f"/api/containers/{name}/logs{query}")

    def wait_end(self, name):
        self.docker("POST", f"/containers/{name}/wait")

    def test_text_of_both_streams_in_order(self):
        self.create("plain", ["sh", "-c", "echo one; sleep 0.3; echo two >&2; sleep 0.3; echo three"])
        self.wait_end("plain")
        status, headers, body = self.read_log("plain")
        self.assertEqual((status, headers["Content-Type"]), (200, "text/plain; charset=utf-8"))
        self.assertEqual(body, b"one\ntwo\nthree\n")
        self.assertEqual(self.read_log("plain", "?tail=1")[2], b"three\n")
        self.assertEqual(self.read_log("plain", "?tail=%2B02")[2], b"two\nthree\n")
        self.assertRegex(self.read_log("plain", "?timestamps=1&tail=1")[2], rb"^\d{4}-\d\d-\d\dT[^ ]+Z three\n$")
        self.assertEqual(self.read_log("plain", f"?since={int(time.time()) + 60}")[2], b"")
        self.assertEqual(self.read_log("plain", "?until=1")[2], b"")
        for tail in ("0", "-1", "all", "x"):
            self.assertEqual(self.read_log("plain", f"?tail={tail}")[::2],
                             (400, b"invalid tail: must be a positive integer\n"))

    def test_a_terminal(self):
        text = "\\001\\000\\000\\000\\000\\000\\000\\005first 8 bytes stay"
        self.create("terminal", ["sh", "-c", f"printf '{text}\\n'; echo err >&2"], Tty=True)
        self.wait_end("terminal")
        self.assertEqual(self.read_log("terminal")[2], b"\1\0\0\0\0\0\0\5first 8 bytes stay\r\nerr\r\n")

    def test_refusals_of_the_engine_stay(self):
        status, headers, body = self.read_log("nobody")
        self.assertEqual((status, headers["Content-Type"]), (404, "text/plain; charset=utf-8"))
        self.assertTrue(body.startswith(b"getting logs: container logs: docker error (status 404): "), body)
        self.assertIn(b"nobody", body)
        self.assertEqual(self.read_log("%2e%2e%2fx")[0], 400)
        self.assertEqual(self.client.request("HEAD", "/api/containers/nobody/logs")[0], 404)

    def test_following_ends_with_the_container(self):
        self.create("followed", ["sh", "-c", "echo start; read line; echo over"], OpenStdin=True)
        response = self.client.open("GET", "/api/containers/followed/logs?follow=true")
        self.addCleanup(response.connection.close)
        self.assertEqual(response.readline(), b"start\n")
        self.docker("POST", "/containers/followed/stop?t=0")
        self.assertEqual(response.read(), b"")

    def test_the_head_comes_before_the_first_line(self):
        self.create("silent")
        for query in ("?follow=1", "?follow=1&tail=5"):
            started = time.monotonic()
            response = self.client.open("GET", f"/api/containers/silent/logs{query}")
            self.addCleanup(response.connection.close)
            self.assertEqual(response.status, 200)
            self.assertLess(time.monotonic() - started, 5 * PATIENCE)


class SizeTest(AdapterCase):
    """A thousand containers, which a real engine here cannot run."""

    real_engine = False
    # More than the kernel keeps for a connection, all in all.
    fake_options = {"containers": 1000, "padding": 8000}

    def test_the_first_snapshot_is_whole(self):
        stream = self.open_events()
        started = time.monotonic()
        _, ack = stream.wait("the acknowledgement", lambda e: e["type"] == "dd:ack", seconds=60)
        self.assertEqual(ack["data"]["containers"]["total"], 1000)
        _, snapshot = stream.wait("the snapshot", lambda e: e["type"] == "dd:watcher-snapshot", seconds=60)
        self.assertEqual(len({c["id"] for c in snapshot["data"]["containers"]}), 1000)
        self.assertEqual(len(self.client.get_json("/api/containers")), 1000)
        self.assertLess(time.monotonic() - started, 60 * PATIENCE)

    def test_who_leaves_a_log_ends_it_at_the_engine(self):
        self.fake.on("/containers/endless/logs", self.fake.hang_stream)
        before = self.fake.open_streams
        responses = [self.client.open("GET", "/api/containers/endless/logs?follow=1") for _ in range(8)]
        wait_until("the streams", lambda: self.fake.open_streams == before + 8)
        for response in responses:
            self.assertEqual(response.status, 200)
            response.close()
            response.connection.close()
        wait_until("the engine to be let go", lambda: self.fake.open_streams == before)

    def test_a_slow_client_is_ended_and_no_other_notices(self):
        self.client.get_json("/api/containers")
        fast = self.open_events()
        fast.wait("the snapshot", lambda e: e["type"] == "dd:watcher-snapshot", seconds=60)
        slow = socket.socket()
        self.addCleanup(slow.close)
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", self.client.port))
        slow.sendall(f"GET /api/events HTTP/1.1\r\nHost: d\r\nX-Dd-Agent-Secret: {ListenerCarrier.token}\r\n\r\n".encode())
        slow.recv(1000)
        wait_until("the slow client to be ended", lambda: "the client takes nothing" in self.client.agent.log(), 45)
        text = b""
        slow.settimeout(30)
        while not text.endswith(b"\r\n0\r\n\r\n"):
            piece = slow.recv(1 << 20)
            self.assertTrue(piece, text[-200:])
            text = text[-1000:] + piece
        self.assertIn(b"\n: stream ended: the client takes nothing\n", text)
        self.assertFalse(fast.ended)
        self.assertIn(": heartbeat", fast.comments)
        self.assertEqual(len(self.client.get_json("/api/containers")), 1000)


class GenericTest(AdapterCase):
    adapter = "generic"
    stream_path = "/api/v1/events"

    def test_rest(self):
        version = self.client.get_json("/api/v1/version")
        self.assertEqual((version["protocolName"], version["protocolVersion"], version["adapter"]),
                         ("portwing", "1.0", "generic"))
        self.create("flat", ["echo", "hello"])
        wait_until("the container", lambda: [c for c in self.client.get_json("/api/v1/containers") if c["name"] == "flat"])
        found = [c for c in self.client.get_json("/api/v1/containers") if c["name"] == "flat"][0]
        self.assertEqual((found["image"]["name"], found["image"]["tag"], found["updateKind"]),
                         (IMAGE.split(":")[0], "1.0", "unknown"))
        self.docker("POST", "/containers/flat/wait")
        self.assertEqual(self.client.request("GET", "/api/v1/containers/flat/logs?tail=1")[2], b"hello\n")
        self.assertEqual(self.client.request("GET", "/api/containers")[0], 404)

    def test_every_event_as_it_happens(self):
        streams = [self.open_events() for _ in range(3)]
        time.sleep(0.2)
        started = time.monotonic()
        health = {"Test": ["CMD", "true"], "Interval": 1_000_000_000, "Retries": 1}
        container = self.create("watched", Labels={"team": "a", "maintainer": "m"}, Healthcheck=health)
        for stream in streams:
            at, event = stream.wait("start", lambda e: e["action"] == "start" and e["containerId"] == container)
            self.assertLess(at - started, PROMISE + 2)
            self.assertEqual(event["name"], "watched")
            self.assertEqual(event["image"], IMAGE)
            self.assertEqual(event["labels"], {"team": "a"})
            self.assertEqual(event["type"], "container")
            self.assertRegex(event["ts"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
            stream.wait("health", lambda e: e["action"] == "health_status: healthy" and e["containerId"] == container)
        self.docker("DELETE", f"/containers/{container}?force=1")
        for stream in streams:
            stream.wait("its end", lambda e: e["action"] == "destroy" and e["containerId"] == container)
        actions = {e["action"] for _, e in streams[0].events}
        self.assertFalse([a for a in actions if a.startswith("exec_")], actions)

    def test_going_on_after_a_break(self):
        stream = self.open_events()
        time.sleep(0.2)
        container = self.create("resumed")
        stream.wait("start", lambda e: e["action"] == "start" and e["containerId"] == container)
        last = stream.ids[[e["action"] for _, e in stream.events].index("start")]
        stream.close()
        self.docker("POST", f"/containers/{container}/pause")
        self.docker("POST", f"/containers/{container}/unpause")
        wait_until("the inventory to have looked", lambda: any(
            c["id"] == container and c["status"] == "running" for c in self.client.get_json("/api/v1/containers")))
        again = self.open_events({"Last-Event-ID": last})
        again.wait("what was missed", lambda e: e["action"] == "unpause")
        missed = [e["action"] for _, e in again.events if e["containerId"] == container]
        self.assertEqual(missed, ["pause", "unpause"])


class TunnelTest(unittest.TestCase):
    """The same routes through the tunnel: there is one dispatcher."""

    def test_routes_and_events(self):
        world = World()
        self.addCleanup(world.close)
        fake = world.start_fake(containers=2)
        carrier = TunnelCarrier(world, fake.path, "edge")
        self.assertEqual(len(carrier.get_json("/api/containers")), 2)
        self.assertEqual(carrier.request("GET", "/api/watchers/docker/nobody")[0], 404)
        stream = EventStream(carrier.open("GET", "/api/events"))
        self.addCleanup(stream.close)
        stream.wait("the snapshot", lambda e: e["type"] == "dd:watcher-snapshot")
        # The operations listener, which asks nobody who he is, has none of it.
        connection = http.client.HTTPConnection("127.0.0.1", carrier.agent.port, timeout=10)
        self.addCleanup(connection.close)
        connection.request("GET", "/api/containers")
        self.assertEqual(connection.getresponse().status, 404)


if __name__ == "__main__":
    unittest.main()
