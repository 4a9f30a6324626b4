#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A long run under a mixed load: requests, followed logs, exec, containers that come and go, and the connection to the
controller cut every 20 seconds. Nothing may grow, and no byte may be lost or changed.

    soak.py [--minutes N] [--valgrind]

Without --minutes it takes 20 of them where TORTURE_FULL is set (5 under sanitizers), else half of one. With --valgrind the
agent runs under memcheck, which must find nothing. SOAK_AGENT in the environment names another build of the agent."""

import argparse
import base64
import contextlib
import http.client
import itertools
import json
import os
import random
import shutil
import sys
import threading
import time
import unittest
import urllib.error
import urllib.request

from common import AGENT, FULL, MEBIBYTE, SANITIZED

from harness.fake_docker import Handler, log_frame, make_container, make_inspect
from harness.lookout import QUICK_AGENT
from harness.waiting import PATIENCE, wait_until
from harness.world import WorldCase

MINUTES = (5.0 if SANITIZED else 20.0) if FULL else 0.5
CUT_PERIOD = 20.0
IDLE_SECONDS = 2
# What was freed is kept for a while by AddressSanitizer, so that its use is found.
GROWTH = (8 if SANITIZED else 1) * MEBIBYTE
SMALL_QUARANTINE = ":quarantine_size_mb=4:thread_local_quarantine_size_kb=64"
LOG_BLOCKS = 64
BLOCKS = [log_frame(random.Random(n).randbytes(60_000)) for n in range(8)]


class ChangingEngine:
    """The fake engine, with containers that come and go, logs of known bytes, and processes that echo."""

    def __init__(self, fake):
        self._fake = fake
        # Connections that the agent keeps for the next request would hide those that it forgets.
        fake.server.RequestHandlerClass = type("Impatient", (Handler,), {"timeout": IDLE_SECONDS})
        self._lock = threading.Condition()
        self._events = []
        self.alive = {0, 1, 2}
        self._next = itertools.count(10)
        fake.on("/containers/", self._inspect)
        fake.on("/containers/json", lambda handler, _path: handler.reply(200, self._list()))
        fake.on("/containers/logs/logs", self._log)
        fake.on("/containers/box/exec", lambda handler, _path: handler.reply(201, {"Id": "echo"}))
        fake.on("/exec/", lambda handler, _path: handler.reply(200, {"ExitCode": 0, "Running": False}))
        fake.on("/exec/echo/start", self._echo)
        fake.on("/events", self._stream_events)

    def _list(self):
        with self._lock:
            return [make_container(n) for n in sorted(self.alive)]

    def _inspect(self, handler, path):
        number = int(path.split("/")[2], 16)
        if number not in self.alive:
            return handler.reply(404, {"message": "No such container"})
        return handler.reply(200, make_inspect(number))

    @staticmethod
    def _log(handler, _path):
        handler.connection.settimeout(None)
        handler.begin_stream()
        for n in range(LOG_BLOCKS):
            handler.wfile.write(BLOCKS[n % len(BLOCKS)])

    @staticmethod
    def _echo(handler, _path):
        handler.connection.settimeout(None)
        handler.send_response(101)
        handler.send_header("Connection", "Upgrade")
        handler.send_header("Upgrade", "tcp")
        handler.end_headers()
        handler.close_connection = True
        while chunk := handler.rfile.read1(65536):
            handler.wfile.write(chunk)
            handler.wfile.flush()

    def _stream_events(self, handler, _path):
        handler.connection.settimeout(None)
        # Whoever has seen the head misses no event.
        at = len(self._events)
        handler.begin_stream("application/json")
        handler.wfile.flush()
        while not self._fake.released.is_set():
            with self._lock:
                self._lock.wait(0.5)
                news, at = self._events[at:], len(self._events)
            for event in news:
                handler.wfile.write(json.dumps(event).encode() + b"\n")
            handler.wfile.flush()

    def change(self):
        """One container goes and another one comes."""
        with self._lock:
            gone, come = min(self.alive), next(self._next)
            self.alive.remove(gone)
            self.alive.add(come)
            for number, action in ((gone, "destroy"), (come, "create"), (come, "start")):
                identity = make_container(number)["Id"]
                self._events.append({"Type": "container", "Action": action, "Actor": {"ID": identity, "Attributes": {}},
                                     "id": identity, "status": action, "time": int(time.time())})
            self._lock.notify_all()


class Load:
    """Threads that each do one thing over and over; pause() lets all of them come to rest."""

    def __init__(self):
        self._ended = threading.Event()
        self._going = threading.Event()
        self._resting = threading.Semaphore(0)
        self._threads = []
        self.done = {}
        self.faults = []

    def add(self, name, step):
        self.done[name] = 0

        def run():
            while not self._ended.is_set():
                if not self._going.is_set():
                    self._resting.release()
                    self._going.wait()
                    continue
                try:
                    step()
                    self.done[name] += 1
                except Exception as fault:  # pylint: disable=broad-except
                    self.faults.append(f"{name}: {type(fault).__name__}: {fault}")
                    time.sleep(0.2)
        thread = threading.Thread(target=run, daemon=True)
        self._threads.append(thread)
        thread.start()

    def go(self):
        for _ in self._threads:
            self._resting.acquire(timeout=120 * PATIENCE)
        self._going.set()

    def pause(self):
        self._going.clear()
        for _ in self._threads:
            assert self._resting.acquire(timeout=120 * PATIENCE), "the load does not come to rest"
        for _ in self._threads:
            self._resting.release()

    def is_paused(self):
        return not self._going.is_set()

    def end(self):
        self._ended.set()
        self._going.set()
        for thread in self._threads:
            thread.join(120 * PATIENCE)


class SoakTest(WorldCase):
    minutes = MINUTES
    valgrind = False

    def setUp(self):
        super().setUp()
        self.fake = self.world.start_fake()
        self.engine = ChangingEngine(self.fake)
        self.hub = self.world.start_hub("--max-hellos", "1000000", "--max-stream", str(1 << 30))
        self.agent = self.world.make_agent(self.hub.url, self.fake.path, program=self.program(), HEARTBEAT_INTERVAL="2",
                                           LOG_LEVEL="error", AUDIT_LOG=self.world.folder / "audit", AGENT_ID="soak")
        if self.valgrind:
            self.agent.set(SANDBOX="off")
        if SANITIZED:
            self.agent.set(ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + SMALL_QUARANTINE)
        self.agent.start()
        self.hub.wait_for_agent(AGENT, 120)
        self.is_cut = False
        self.complete = self.broken = 0

    def program(self):
        if not self.valgrind:
            return os.environ.get("SOAK_AGENT", QUICK_AGENT)
        script = self.world.folder / "memcheck"
        script.write_text(f"#!/bin/sh\nexec {shutil.which('valgrind')} -q --leak-check=full --errors-for-leak-kinds=definite "
                          f"--show-leak-kinds=definite --error-exitcode=99 {QUICK_AGENT}\n")
        script.chmod(0o700)
        return str(script)

    # What the load consists of. An answer may break off when the connection is cut, but what has come is right.

    def ask(self):
        status, _, body = self.hub.http(AGENT, "GET", "/containers/json")
        self.assertTrue(status == 200 and len(json.loads(body)) == 3 or status in (502, 503, 504), (status, body[:200]))

    def follow(self):
        whole = b"".join(BLOCKS[n % len(BLOCKS)] for n in range(LOG_BLOCKS))
        try:
            status, _, body = self.hub.http(AGENT, "GET", "/containers/logs/logs?stdout=1&follow=1")
        except http.client.IncompleteRead as cut:
            self.assertTrue(whole.startswith(cut.partial), "bytes are lost or changed")
            self.broken += 1
            return
        if status == 200:
            self.assertTrue(body == whole, f"{len(body)} of {len(whole)} bytes, or changed ones, and no word of it")
            self.complete += 1

    def execute(self):
        try:
            self.echo()
        except AssertionError as fault:
            if not self.is_of_the_cut(str(fault)):
                raise

    def echo(self):
        execution = self.hub.exec_start(AGENT, "box", ["cat"], tty=True)
        sent = b"".join(random.Random(n).randbytes(3000 + n) for n in range(20))
        for at in range(0, len(sent), 3000):
            self.hub.exec_input(AGENT, execution, sent[at:at + 3000])
        got = b""
        while len(got) < len(sent):
            event = self.hub.control.event(execution)
            if event["event"] == "exec_end":
                self.assertNotEqual(event["reason"], "exited", "the end came before its output")
                break
            if event["event"] == "exec_output":
                got += base64.b64decode(event["data"])
        self.assertTrue(sent.startswith(got), "bytes are lost or changed")
        if len(got) == len(sent):
            self.complete += 1
            self.hub.call("exec_end", agent=AGENT, exec=execution)

    @staticmethod
    def is_of_the_cut(words):
        return "no such" in words or "not connected" in words or "no event" in words or "unknown" in words

    def churn(self):
        self.engine.change()
        time.sleep(0.1)

    def look(self):
        self.assertIn(b'"live":true', self.fetch("/health"))
        self.assertIn(b"edge_sessions_total", self.fetch("/metrics"))
        time.sleep(0.5)

    def fetch(self, target):
        # Under valgrind everything takes its time.
        with urllib.request.urlopen(f"http://127.0.0.1:{self.agent.port}{target}", timeout=120) as answer:
            return answer.read()

    def cut(self):
        for _ in range(int(CUT_PERIOD * 10)):
            if self.load.is_paused():
                return
            time.sleep(0.1)
        before = self.hub.agent(AGENT)
        self.hub.fault("cut", agent=AGENT)
        self.hub.wait_for_agent(AGENT, 120, newer_than=before["connection"])

    def footprint(self):
        """At rest: memory and descriptors, once what the load has left is gone."""
        self.load.pause()
        self.hub.wait_for_agent(AGENT, 120)
        samples = []

        def steady():
            # A ping of the engine, which finds the kept connections that the engine has closed.
            with contextlib.suppress(urllib.error.HTTPError):
                self.fetch("/ready")
            time.sleep(1.1)
            samples.append(len(self.agent.process.descriptors()))
            return len(samples) > IDLE_SECONDS + 3 and len(set(samples[-3:])) == 1
        wait_until("the descriptors to be steady", steady, 60)
        return self.agent.process.rss(), samples[-1]

    def test_soak(self):
        self.load = Load()
        self.addCleanup(self.load.end)
        for name, step, threads in (("ask", self.ask, 3), ("follow", self.follow, 2), ("exec", self.execute, 2),
                                    ("churn", self.churn, 1), ("look", self.look, 1), ("cut", self.cut, 1)):
            for n in range(threads):
                self.load.add(f"{name}{n}", step)
        seconds = self.minutes * 60
        self.run_load(min(max(seconds / 5, 12), seconds, 60))
        rss, descriptors = self.footprint()
        self.run_load(seconds)
        rss_after, descriptors_after = self.footprint()
        with contextlib.suppress(AssertionError):
            wait_until("the inventory to be right", self.inventory_is_right, 60)
        self.assertEqual(sorted(self.hub.containers(AGENT)), self.expected_inventory())
        print(f"soak: {self.minutes:g} minutes, {self.load.done}, {self.complete} whole, {self.broken} cut; memory "
              f"{rss / MEBIBYTE:.2f} MiB then {rss_after / MEBIBYTE:.2f} MiB, descriptors {descriptors} then "
              f"{descriptors_after}", flush=True)
        self.assertEqual(self.load.faults[:5], [])
        for name, count in self.load.done.items():
            self.assertGreater(count, 0, name)
        self.assertGreater(self.complete, 0)
        # Two kept-alive connections to the engine may come and go.
        self.assertLessEqual(abs(descriptors_after - descriptors), 2)
        if not self.valgrind:
            self.assertLess(rss_after - rss, GROWTH)
        self.load.end()
        self.assertEqual(self.agent.stop(), 0, self.agent.log())

    def run_load(self, seconds):
        self.load.go()
        time.sleep(seconds)

    def inventory_is_right(self):
        return sorted(self.hub.containers(AGENT)) == self.expected_inventory()

    def expected_inventory(self):
        return sorted(f"box-{n}" for n in self.engine.alive)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--valgrind", action="store_true")
    options, rest = parser.parse_known_args()
    if options.valgrind and not shutil.which("valgrind"):
        print("valgrind is not installed; run make deps")
        sys.exit(77)
    SoakTest.minutes, SoakTest.valgrind = options.minutes, options.valgrind
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
