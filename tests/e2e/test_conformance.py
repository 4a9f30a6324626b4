#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One suite for both ways to the dispatcher: the same requests through the tunnel and to the listener, with the same
answers, effects and audit records. The scenarios are in scenarios/; what the protocols impose is in harness/carrier.py,
table `Ways`, and nowhere else."""

import functools
import os
import unittest

from harness.carrier import ListenerCarrier, TunnelCarrier
from harness.engine import why_not
from harness.world import World
from scenarios.engine import EngineScenarios
from scenarios.failure import FailureScenarios
from scenarios.own_route import OwnRouteScenarios
from scenarios.request import RequestScenarios
from scenarios.stream import StreamScenarios

MEBIBYTE = 1024 * 1024


@functools.lru_cache(maxsize=None)
def shared_engine():
    """One real engine for all classes."""
    world = World()
    unittest.addModuleCleanup(world.close)
    return world.start_engine()


def echo(handler, path):
    """The fake engine's report of what reached it."""
    handler.reply(200, {"method": handler.command, "target": handler.path, "body": handler.body.decode("latin-1"),
                        "headers": {name.lower(): value for name, value in handler.headers.items()}})


class ConformanceCase(RequestScenarios, FailureScenarios, StreamScenarios, OwnRouteScenarios, EngineScenarios):
    """All scenarios; a subclass says how a request is carried, and that is all it says."""

    make = None  # the Carrier's class
    # Sanitizers keep what has been freed for a while.
    max_growth = (512 if os.environ.get("E2E_SANITIZED") else 4) * MEBIBYTE

    @classmethod
    def setUpClass(cls):
        reason = why_not()
        if reason:
            raise unittest.SkipTest(reason)
        cls.id_of_way = cls.make.__name__.lower()
        cls.world = World()
        cls.addClassCleanup(cls.world.close)
        cls.ways = cls.make.ways
        cls.engine = shared_engine()
        cls.fake = cls.world.start_fake(containers=1)
        cls.fake.on("/echo", echo)
        cls.to_fake = cls.make_carrier(cls.fake.path, "fake")
        cls.to_engine = cls.make_carrier(cls.engine.socket, "engine")

    @classmethod
    def make_carrier(cls, docker_socket, name, **settings):
        return cls.make(cls.world, docker_socket, name, **settings)


class TunnelConformanceTest(ConformanceCase, unittest.TestCase):
    make = TunnelCarrier


class ListenerConformanceTest(ConformanceCase, unittest.TestCase):
    make = ListenerCarrier


if __name__ == "__main__":
    unittest.main()
