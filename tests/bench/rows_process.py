# SPDX-License-Identifier: Apache-2.0
"""The process itself: memory, start and end, size."""

import lzma
import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from bench_world import AGENT, MEBIBYTE, SMALL, BenchWorld, memory_of
from figures import Figure, Target, median

RUNS = 5
CONTAINER = f"{0:064d}"
ROOT = Path(__file__).resolve().parent.parent.parent


def all_loads(world):
    """Some of everything, at once where that takes the most memory."""
    for size, in_flight, total in ((4096, 64, 5_000), (MEBIBYTE, 16, 64)):
        world.load("requests", target=f"/bench/json?size={size}", in_flight=in_flight, total=total)
    streams = [world.start_load("stream", target=f"/containers/box/logs?stdout=1&bytes={32 * MEBIBYTE}")
               for _ in range(16)]
    follow = world.start_load("follow", container=CONTAINER, count=90)
    world.load("echo", container=CONTAINER, count=100, interval_ms=100, echoes=10)
    for stream in streams:
        assert world.hub.control.event(stream, 120)["reason"] == "complete"
    world.hub.call("load_stop", agent=AGENT, request=follow)
    world.hub.control.event(follow)


def settled_memory(world, seconds):
    """(RSS, anonymous) MiB after a while in which nothing happens."""
    time.sleep(seconds)
    return [size / MEBIBYTE for size in memory_of(world.agent.process.pid)]


def memory():
    """Memory: idle, and at rest after loads of every kind."""
    with BenchWorld().start_tunnel(twin=False) as world:
        idle = settled_memory(world, 3)
        all_loads(world)
        after = settled_memory(world, 10)
    yield Figure("idle: anonymous", "MiB", idle[1], Target(5))
    yield Figure("idle: RSS", "MiB", idle[0], Target(14))
    yield Figure("after: anonymous", "MiB", after[1], Target(10))
    yield Figure("after: RSS", "MiB", after[0], Target(20))


def answer_time(port, limit=5.0):
    """Seconds from now until something on that port has answered a request."""
    begun = time.monotonic()
    while time.monotonic() - begun < limit:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
                if connection.recv(16).startswith(b"HTTP/1.1 "):
                    return time.monotonic() - begun
        except OSError:
            time.sleep(0.0005)
    raise AssertionError(f"no answer on port {port}")


def end_time(agent):
    begun = time.monotonic()
    agent.process.send_signal(signal.SIGTERM)
    os.waitpid(agent.process.pid, 0)
    taken = time.monotonic() - begun
    agent.process = None
    return taken


def start_and_end():
    """From exec to the first answer, on the listener and on the operations listener; from SIGTERM to the end."""
    served, connected, ended = [], [], []
    with BenchWorld() as world:
        world.hub = world.start_hub(*world.hub_options)
        standard = world.make_agent(None, world.engine_socket, folder="standard", DRYDOCK_URL=None,
                                    PRIVATE_KEY_FILE=None, BIND_ADDRESS="127.0.0.1", ALLOW_UNAUTHENTICATED="true")
        edge = world.make_agent(world.hub.url, world.engine_socket)
        for _ in range(RUNS):
            standard.start()
            served.append(answer_time(standard.port) * 1e3)
            end_time(standard)
            before = time.time()
            newest = max([0] + [e["connection"] for e in world.hub.trace(type="hello")])
            edge.start()
            world.hub.wait_for_agent(AGENT, newer_than=newest)
            sync = world.hub.trace(agent=AGENT, type="dd:container_sync")[-1]
            connected.append(sync["time"] - before * 1e3)
            ended.append(end_time(edge) * 1e3)
    yield median("to the first answer of the listener", "ms", served, Target(50))
    yield median("to the inventory at the controller", "ms", connected)
    yield median("SIGTERM to the end, connected", "ms", ended, Target(300))


def sizes():
    """The program without symbols, and packed as it is in the .deb."""
    with tempfile.TemporaryDirectory() as folder:
        stripped = Path(folder) / "lookout"
        subprocess.run(["strip", "-o", stripped, os.environ["LOOKOUT"]], check=True)
        content = stripped.read_bytes()
    yield Figure("stripped program", "MiB", len(content) / MEBIBYTE, Target(2))
    packages = sorted(ROOT.glob("build-packages/**/lookout_*.deb"), key=lambda path: path.stat().st_mtime)
    if packages:
        yield Figure(".deb", "MiB", packages[-1].stat().st_size / MEBIBYTE, Target(1))
    else:
        yield Figure("program in xz (no .deb in build-packages)", "MiB", len(lzma.compress(content)) / MEBIBYTE, Target(1))


ROWS = {"memory": memory, "start-and-end": start_and_end, "size": sizes}
