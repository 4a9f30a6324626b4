# SPDX-License-Identifier: Apache-2.0
"""The whole set-up of an end-to-end test: keys, devhub, engine, agent, and everything ended afterwards."""

import contextlib
import json
import tempfile
import unittest
from pathlib import Path

from .devhub import DevHub
from .engine import IMAGE, Engine
from .fake_docker import FakeDocker
from .keys import Key
from .lookout import Lookout


class World:
    def __init__(self):
        self._undo = contextlib.ExitStack()
        self.folder = Path(self._undo.enter_context(tempfile.TemporaryDirectory(prefix="lk", ignore_cleanup_errors=True)))
        self.key = Key(self.folder / "agent.key")

    def close(self):
        self._undo.close()

    def start_hub(self, *options, folder="hub", listen="127.0.0.1:0", keys=None):
        hub = DevHub(self.folder / folder, keys if keys is not None else [self.key], *options)
        hub.listen = listen
        self._undo.callback(hub.stop)
        return hub.start()

    def start_engine(self):
        engine = Engine(self.folder / "engine")
        self._undo.callback(engine.close)
        engine.start().load_image()
        return engine

    def start_fake(self, **options):
        fake = FakeDocker(self.folder / "fake.sock", **options)
        self._undo.callback(fake.close)
        return fake

    def make_agent(self, url, docker_socket, folder="agent", **settings):
        agent = Lookout(self.folder / folder, url, self.key, docker_socket, **settings)
        self._undo.callback(agent.stop)
        return agent

    def start_agent(self, url, docker_socket, **settings):
        return self.make_agent(url, docker_socket, **settings).start()


class WorldCase(unittest.TestCase):
    """A test with a world of its own."""

    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.close)


def create_container(http, name, argv, **extra):
    """Creates and starts a container by `http(method, target, body)`; returns its id."""
    spec = {"Image": IMAGE, "Cmd": argv, "HostConfig": {"NetworkMode": "none"}, **extra}
    status, _, body = http("POST", f"/containers/create?name={name}", spec)
    assert status == 201, body
    container = json.loads(body)["Id"]
    status, _, body = http("POST", f"/containers/{container}/start")
    assert status == 204, body
    return container
