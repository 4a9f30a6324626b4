#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""api/openapi.yaml and the agent say the same: every operation of the file is there, every route of the agent is in the
file, and with the methods that it takes."""

import os
import re
import subprocess
import tempfile
import unittest

from harness import openapi
from harness.world import World
from test_observability import get, start_standard

ROUTE_LIST = os.environ.get("ROUTE_LIST", "build/tests/e2e/route_list")
ADAPTERS = ("drydock", "generic")
CATCH_ALL = "/{dockerPath}"
# The gate's own, and only where there is an enrollment token.
ENROLL = "/api/portwing/enroll"
# Streams: their head is enough.
STREAMS = ("/events", "/logs")
BOX = f"{0:064x}"


def target_of(path):
    """The path with arguments that the fake engine knows."""
    return path.replace("{id}", BOX).replace("{type}", "docker").replace("{name}", "docker").replace(
        CATCH_ALL, "/containers/json")


class OpenApiTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.text = openapi.FILE.read_text(encoding="utf-8")
        cls.operations = openapi.read_operations(cls.text)
        with tempfile.TemporaryDirectory(prefix="lk") as folder:
            listing = subprocess.run([ROUTE_LIST, folder], check=True, capture_output=True, text=True).stdout
        cls.routes = {tuple(line.split(" ", 1)) for line in listing.splitlines()}
        cls.world = World()
        cls.addClassCleanup(cls.world.close)
        fake = cls.world.start_fake(containers=1)
        cls.agents = {name: start_standard(cls.world, fake.path, folder=name, ADAPTER=name) for name in ADAPTERS}

    def own(self, adapter):
        """The operations of an agent with that adapter, without the engine's."""
        other = next(name for name in ADAPTERS if name != adapter)
        return [operation for operation in self.operations
                if operation.path not in (CATCH_ALL, ENROLL) and operation.tag != other]

    def test_every_route_is_in_the_file_and_the_other_way_round(self):
        for adapter in ADAPTERS:
            self.assertEqual({path for name, path in self.routes if name == adapter},
                             {operation.path for operation in self.own(adapter)}, adapter)

    def test_every_operation_answers(self):
        for adapter, agent in self.agents.items():
            for operation in [*self.own(adapter), next(o for o in self.operations if o.path == CATCH_ALL)]:
                with self.subTest(adapter=adapter, method=operation.method, path=operation.path):
                    method = "HEAD" if operation.path.endswith(STREAMS) else operation.method
                    status, _, body = get(agent, target_of(operation.path), method)
                    self.assertNotIn(status, (404, 405), body)
                    if operation.path != CATCH_ALL:
                        self.assertIn(status, operation.statuses, body)

    def test_routes_take_the_methods_of_the_file_and_no_others(self):
        for adapter, agent in self.agents.items():
            for path in sorted({operation.path for operation in self.own(adapter)}):
                with self.subTest(adapter=adapter, path=path):
                    status, headers, _ = get(agent, target_of(path), "BREW")
                    self.assertEqual(status, 405)
                    allowed = set(headers["Allow"].split(", "))
                    wanted = {operation.method for operation in self.own(adapter) if operation.path == path}
                    self.assertEqual(allowed, wanted | ({"HEAD"} if "GET" in wanted else set()))

    def test_enrollment(self):
        keys = self.world.folder / "authorized_keys"
        keys.write_text("")
        keys.chmod(0o600)
        agent = start_standard(self.world, self.agents["drydock"].environment["DOCKER_SOCKET"], folder="enrolling",
                               ALLOW_UNAUTHENTICATED=None, AUTHORIZED_KEYS=keys, ENROLLMENT_TOKEN="once")
        operation = next(operation for operation in self.operations if operation.path == ENROLL)
        for path in (ENROLL, ENROLL.replace("portwing", "lookout")):
            status, _, body = get(agent, path, operation.method)
            self.assertEqual(status, 400, body)
            status, headers, _ = get(agent, path, "BREW")
            self.assertEqual((status, headers["Allow"]), (405, operation.method))

    def test_both_families_have_the_same_routes(self):
        for operation in self.own("drydock"):
            if operation.path.startswith("/_portwing/"):
                target = operation.path.replace("/_portwing/", "/_lookout/")
                self.assertNotIn(get(self.agents["drydock"], target, operation.method)[0], (404, 405), target)

    def test_the_file_is_consistent(self):
        self.assertEqual(openapi.broken_references(self.text), [])
        self.assertGreater(len(self.operations), 20)
        names = re.findall(r"operationId: (\w+)", self.text)
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual(len(names), len(self.operations))
        for operation in self.operations:
            with self.subTest(method=operation.method, path=operation.path):
                self.assertIsNotNone(operation.tag)
                # What needs a proof says what happens without one.
                if operation.path != ENROLL:
                    self.assertEqual(operation.is_public, not {401, 429} <= operation.statuses)


if __name__ == "__main__":
    unittest.main()
