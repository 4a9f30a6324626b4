# SPDX-License-Identifier: Apache-2.0
"""Requests and streams through the tunnel."""

from bench_world import GIBIBYTE, MEBIBYTE, SMALL, TWIN, BenchWorld
from figures import Target, median
from harness.certificates import Authority

RUNS = 5


def in_turns(*measures):
    """RUNS results of each measure, taken in turns, after one of the first that does not count."""
    measures[0]()
    return zip(*[[measure() for measure in measures] for _ in range(RUNS)])


def agent_and_twin(world, **load):
    return in_turns(lambda: world.load(**load), lambda: world.load(agent=TWIN, **load))


def small_get_in_flight():
    """64 small GETs at a time."""
    load = {"kind": "requests", "target": SMALL, "in_flight": 64, "total": 10_000}
    with BenchWorld().start_tunnel() as world:
        ours, twins = agent_and_twin(world, **load)
    yield median("CPU each", "us", [run.cpu_each * 1e6 for run in ours], Target(60),
                 [run.cpu_each * 1e6 for run in twins], "twin")
    yield median("rate", "/s", [run.rate for run in ours], Target(0.6, at_least=True, of="ratio"),
                 [run.rate for run in twins], "twin")
    yield median("p99", "ms", [run.report["p99_us"] / 1e3 for run in ours],
                 baseline=[run.report["p99_us"] / 1e3 for run in twins], baseline_name="twin")


def small_get_alone():
    """One small GET at a time, after the other."""
    load = {"kind": "requests", "target": SMALL, "in_flight": 1, "total": 3_000}
    with BenchWorld().start_tunnel() as world:
        ours, twins, directs = in_turns(lambda: world.load(**load), lambda: world.load(agent=TWIN, **load),
                                        lambda: world.direct(SMALL, 10_000, 1))
    yield median("p50", "ms", [run.report["p50_us"] / 1e3 for run in ours], Target(0.15, of="excess"),
                 [run["p50_us"] / 1e3 for run in directs], "direct")
    yield median("CPU each", "us", [run.cpu_each * 1e6 for run in ours], Target(110),
                 [run.cpu_each * 1e6 for run in twins], "twin")


def stream_figures(world, floor):
    whole = {"kind": "stream", "target": f"/containers/box/logs?stdout=1&bytes={GIBIBYTE}"}
    part = {"kind": "stream", "target": f"/containers/box/logs?stdout=1&bytes={GIBIBYTE // 8}"}
    ours, twins = in_turns(lambda: world.load(**whole), lambda: world.load(agent=TWIN, **part))
    yield median("payload", "MB/s", [run.bytes_per_second / 1e6 for run in ours], Target(floor, at_least=True),
                 [run.bytes_per_second / 1e6 for run in twins], "twin")
    yield median("CPU", "s/GB", [run.cpu_per_gigabyte for run in ours], Target(6),
                 [run.cpu_per_gigabyte for run in twins], "twin")


def log_stream():
    """A log of 1 GiB as fast as the controller reads."""
    with BenchWorld().start_tunnel() as world:
        yield from stream_figures(world, 150)


def log_stream_tls():
    """The same over TLS."""
    with BenchWorld() as world:
        authority = Authority(world.folder / "ca")
        certificate, key = authority.issue("hub", ["IP:127.0.0.1"])
        world.start_tunnel("--cert", certificate, "--key", key, CA_CERT=authority.certificate)
        yield from stream_figures(world, 100)


def log_lines():
    """A log of short lines, each a record and a chunk of its own, as Docker sends text."""
    load = {"kind": "stream", "target": f"/containers/box/logs?stdout=1&bytes={64 * MEBIBYTE}&record=128"}
    with BenchWorld().start_tunnel(twin=False) as world:
        ours, directs = in_turns(lambda: world.load(**load), lambda: world.direct(load["target"], 1, 1))
    yield median("payload", "MB/s", [run.bytes_per_second / 1e6 for run in ours], None,
                 [run["bytes"] / run["seconds"] / 1e6 for run in directs], "direct")
    yield median("CPU", "s/GB", [run.cpu_per_gigabyte for run in ours])


def big_json():
    """A JSON reply of 1 MiB, one at a time."""
    load = {"kind": "requests", "target": "/bench/json?size=1048576", "in_flight": 1, "total": 50}
    with BenchWorld().start_tunnel() as world:
        ours, twins = agent_and_twin(world, **load)
    yield median("CPU each", "ms", [run.cpu_each * 1e3 for run in ours], Target(7),
                 [run.cpu_each * 1e3 for run in twins], "twin")
    yield median("rate", "/s", [run.rate for run in ours], baseline=[run.rate for run in twins], baseline_name="twin")


ROWS = {
    "small-get-64": small_get_in_flight,
    "small-get-1": small_get_alone,
    "log-stream": log_stream,
    "json-1mib": big_json,
    "log-lines": log_lines,
    "log-stream-tls": log_stream_tls,
}
