# SPDX-License-Identifier: Apache-2.0
"""Many things at once: slow readers, shells and logs, a large inventory."""

import threading
import time

from bench_world import AGENT, MEBIBYTE, SMALL, BenchWorld, cpu_seconds, memory_of
from figures import Figure, Target, median
from harness import unix_http
from harness.waiting import wait_until

RUNS = 5
CONTAINER = f"{0:064d}"


class MemoryWatch:
    """The highest resident size of a process from now on, looked at 50 times a second."""

    def __init__(self, pid):
        self._pid = pid
        self.start = self.peak = memory_of(pid)[0]
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self):
        while not self._ended.wait(0.02):
            self.peak = max(self.peak, memory_of(self._pid)[0])

    def stop(self):
        self._ended.set()
        self._thread.join()
        return self


def slow_reader():
    """A log whose reader takes 2 MB/s, beside 64 small GETs at a time."""
    small = {"kind": "requests", "target": SMALL, "in_flight": 64, "total": 1_500}
    # What waits in the controller's kernel is not ours to shorten: with a buffer of MiBs, its reader waits for seconds.
    with BenchWorld().start_tunnel("--receive-buffer", str(32 * 1024), twin=False) as world:
        world.load(**{**small, "total": 5_000})
        connection = world.hub.agent(AGENT)["connection"]
        watch = MemoryWatch(world.agent.process.pid)
        stream = world.start_load("stream", target="/containers/box/logs?stdout=1&bytes=4000000000",
                                  bytes_per_second=2_000_000)
        runs = [world.load(**small) for _ in range(RUNS)]
        world.hub.call("load_stop", agent=AGENT, request=stream)
        report = world.hub.control.event(stream)
        watch.stop()
        drops = world.hub.agent(AGENT)["connection"] - connection
    yield median("p99 of the small ones", "ms", [run.report["p99_us"] / 1e3 for run in runs], Target(50))
    yield median("p50 of the small ones", "ms", [run.report["p50_us"] / 1e3 for run in runs])
    yield Figure("the stream", "MB/s", report["bytes"] / report["seconds"] / 1e6)
    yield Figure("RSS growth", "MiB", (watch.peak - watch.start) / MEBIBYTE, Target(2))
    yield Figure("connections lost", "", drops, Target(0))


def shells_and_logs():
    """100 exec sessions in which somebody types, beside 90 followed logs."""
    echo = {"kind": "echo", "container": CONTAINER, "count": 100, "interval_ms": 100, "echoes": 20}
    with BenchWorld(line_interval_ms=100).start_tunnel(twin=False) as world:
        follow = world.start_load("follow", container=CONTAINER, count=90)
        watch = MemoryWatch(world.agent.process.pid)
        runs = [world.load(**echo) for _ in range(RUNS)]
        watch.stop()
        world.hub.call("load_stop", agent=AGENT, request=follow)
        lines = world.hub.control.event(follow)
    assert not lines["failed"], lines
    yield median("p99 of an echo", "ms", [run.report["p99_us"] / 1e3 for run in runs], Target(20))
    yield median("p50 of an echo", "ms", [run.report["p50_us"] / 1e3 for run in runs])
    yield median("CPU for an echo", "us", [run.cpu_each * 1e6 for run in runs])
    yield Figure("lines of log", "/s", lines["requests"] / lines["seconds"])
    yield Figure("RSS", "MiB", watch.peak / MEBIBYTE, Target(20))


def inventory():
    """1,000 containers: the first sync, and one event after it."""
    syncs, events = [], []
    for _ in range(RUNS):
        with BenchWorld(containers=1000).start_tunnel(twin=False) as world:
            syncs.append(seconds_to_sync(world))
            events += [cpu_of_event(world) for _ in range(3)]
    yield median("from the hello to the sync", "s", syncs, Target(1))
    yield median("CPU for an event", "ms", events, Target(5))


def seconds_to_sync(world):
    def is_complete():
        return len(world.hub.call("containers", agent=AGENT)["containers"]) == 1000
    wait_until("1,000 containers", is_complete)
    hello = world.hub.trace(agent="", type="hello")[-1]
    # What does not fit into the sync follows in frames of its own.
    last = [e for e in world.hub.trace(agent=AGENT) if e["type"] in ("dd:container_sync", "dd:container_added")][-1]
    return (last["time"] - hello["time"]) / 1e3


def cpu_of_event(world):
    pid, seq = world.agent.process.pid, world.hub.last_seq()
    before = cpu_seconds(pid)
    assert unix_http.request(world.engine_socket, "POST", "/bench/event")[0] == 204
    wait_until("the update", lambda: world.hub.trace(agent=AGENT, type="dd:container_updated", since=seq))
    time.sleep(0.1)  # whatever follows it
    return (cpu_seconds(pid) - before) * 1e3


ROWS = {"slow-reader": slow_reader, "exec-100-logs-90": shells_and_logs, "inventory-1000": inventory}
