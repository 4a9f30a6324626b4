# SPDX-License-Identifier: Apache-2.0
"""The listener, beside an nginx that proxies to the same socket, a program that only copies, and an engine on TCP."""

import re
import shutil
import subprocess

from bench_world import GIBIBYTE, SMALL, BenchWorld, cpu_seconds
from figures import Target, median
from harness.lookout import free_port
from harness.process import Process
from harness.waiting import wait_until

RUNS = 5
NGINX = """
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.error;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi; proxy_buffering off;
  upstream engine {{ server unix:{socket}; keepalive 64; }}
  server {{
    listen 127.0.0.1:{port} backlog=1024;
    location / {{ proxy_pass http://engine; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
}}
"""


class InboundWorld(BenchWorld):
    """An agent in standard mode, without credentials on loopback, and nginx."""

    def start(self):
        self.agent = self.make_agent(None, self.engine_socket, DRYDOCK_URL=None, PRIVATE_KEY_FILE=None,
                                     BIND_ADDRESS="127.0.0.1", ALLOW_UNAUTHENTICATED="true").start()
        self.nginx_port = free_port()
        config = self.folder / "nginx.conf"
        config.write_text(NGINX.format(folder=self.folder, socket=self.engine_socket, port=self.nginx_port))
        program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
        self.nginx = Process([program, "-c", config, "-p", self.folder, "-e", self.folder / "nginx.error"],
                             self.folder / "nginx.log")
        self._undo.callback(self.nginx.stop)
        self.relay_port = free_port()
        self.run("bench_relay", self.relay_port, self.engine_socket)
        self.tcp_port = free_port()
        self.run("bench_engine", self.tcp_port, 0, 1000)
        for port in (self.agent.port, self.nginx_port, self.relay_port, self.tcp_port):
            wait_until(f"an answer on port {port}", lambda p=port: self.try_get(p))
        return self

    def try_get(self, port):
        try:
            return self.direct("/_ping", 1, 1, address=port)
        except AssertionError:
            return False

    def wrk(self, port, process):
        """(requests a second, CPU microseconds each)"""
        before = cpu_seconds(process.pid)
        text = subprocess.run(["wrk", "-t1", "-c64", "-d2s", f"http://127.0.0.1:{port}{SMALL}"], check=True,
                              capture_output=True, text=True).stdout
        assert "Non-2xx" not in text and "Socket errors" not in text, text
        count = int(re.search(r"(\d+) requests in", text)[1])
        rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])
        return rate, (cpu_seconds(process.pid) - before) / count * 1e6


def inbound_small_get():
    """Small GETs on the listener, 64 connections."""
    with InboundWorld().start() as world:
        ours, nginx = [], []
        world.wrk(world.agent.port, world.agent.process)
        for _ in range(RUNS):
            ours.append(world.wrk(world.agent.port, world.agent.process))
            nginx.append(world.wrk(world.nginx_port, world.nginx))
    yield median("rate", "/s", [run[0] for run in ours], Target(0.5, at_least=True, of="ratio"),
                 [run[0] for run in nginx], "nginx")
    yield median("CPU each", "us", [run[1] for run in ours], baseline=[run[1] for run in nginx], baseline_name="nginx")


def inbound_download():
    """A download of 1 GiB through the listener."""
    target = f"/bench/download?bytes={GIBIBYTE}"
    rates, cpu = {"agent": [], "direct": [], "tcp": [], "relay": [], "nginx": []}, []
    with InboundWorld().start() as world:
        addresses = {"agent": world.agent.port, "direct": world.engine_socket, "tcp": world.tcp_port,
                     "relay": world.relay_port, "nginx": world.nginx_port}
        for _ in range(RUNS):
            before = cpu_seconds(world.agent.process.pid)
            for name, address in addresses.items():
                report = world.direct(target, 1, 1, address=address)
                rates[name].append(report["bytes"] / report["seconds"] / 1e6)
            cpu.append((cpu_seconds(world.agent.process.pid) - before) / GIBIBYTE * 1e9)
    yield median("rate", "MB/s", rates["agent"], Target(0.6, at_least=True, of="ratio"), rates["direct"], "direct")
    for baseline in ("tcp", "relay", "nginx"):
        yield median("rate", "MB/s", rates["agent"], None, rates[baseline], baseline)
    yield median("CPU", "s/GB", cpu)


ROWS = {"inbound-get-64": inbound_small_get, "inbound-download": inbound_download}
