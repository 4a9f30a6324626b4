# SPDX-License-Identifier: Apache-2.0
"""A thousand agents at one controller."""

import collections
import signal
import time

from bench_world import BenchWorld
from figures import Figure, Target
from harness.waiting import wait_until

AGENTS = 1000
OUTAGE = 20


def reconnect():
    """1,000 agents, real processes, come back after an outage of 20 s."""
    with BenchWorld(hub_options=["--max-hellos", "100000"]) as world:
        world.hub = world.start_hub(*world.hub_options)
        # The delays between attempts are those of the defaults.
        agents = [world.start_agent(world.hub.url, world.engine_socket, folder=f"agent{number}", name=f"crowd-{number}",
                                    RECONNECT_DELAY=None, MAX_RECONNECT_DELAY=None, PORT=0)
                  for number in range(AGENTS)]
        wait_for_all(world.hub)
        world.hub.stop()
        time.sleep(OUTAGE)
        world.hub.start()
        begun = time.time()
        wait_for_all(world.hub)
        times = [entry["time"] / 1e3 - begun for entry in world.hub.trace(type="hello")]
        for agent in agents:
            agent.process.send_signal(signal.SIGTERM)  # all at once, before they are waited for one by one
    histogram = collections.Counter(int(when) for when in times)
    yield Figure("until all are back", "s", max(times), Target(60))
    yield Figure("most in one second", "%", 100 * max(histogram.values()) / AGENTS, Target(25))
    yield Figure("seconds with any", "", len(histogram), samples=[histogram[s] for s in range(int(max(times)) + 1)])


def wait_for_all(hub):
    wait_until("all agents to connect", lambda: hub.call("counters")["hellos"] >= AGENTS, 240)


ROWS = {"reconnect-1000": reconnect}
