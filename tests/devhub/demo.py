#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The demonstration behind `make demo`; see demo.sh."""

import contextlib
import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))

from harness import unix_http
from harness.devhub import DevHub
from harness.engine import Engine, why_not
from harness.fake_docker import FakeDocker
from harness.lookout import LOOKOUT, Lookout
from harness.world import create_container

AGENT = "demo"


class KeyFiles:
    """A key pair made by `lookout keygen`."""

    def __init__(self, folder):
        self.path = folder / "agent.key"
        subprocess.run([LOOKOUT, "keygen", "--comment", "demo", "--out", self.path], check=True, capture_output=True)
        self._line = subprocess.run([LOOKOUT, "keygen", "--pub-from", self.path, "--comment", "demo"], check=True,
                                    capture_output=True, text=True).stdout

    def authorized_line(self):
        return self._line


def say(text=""):
    print(text, flush=True)


def is_engine(path):
    try:
        return stat.S_ISSOCK(os.stat(path).st_mode) and unix_http.request(path, "GET", "/_ping", timeout=5)[0] == 200
    except OSError:
        return False


def choose_engine(folder, undo):
    """The socket of an engine to show."""
    own = os.environ.get("DOCKER_SOCKET", "/var/run/docker.sock")
    if is_engine(own):
        say(f"Engine: yours, {own} (the demo only reads from it, and runs one echo)")
        return own
    reason = why_not()
    if reason is None:
        say(f"Engine: a private dockerd, since nothing answers at {own}; it is removed at the end")
        engine = Engine(folder / "engine")
        undo.callback(engine.close)
        engine.start().load_image()
        create_container(lambda *request: unix_http.request(engine.socket, *request), "hello",
                         ["sh", "-c", "while true; do echo \"hello from a container, $(date)\"; sleep 1; done"])
        return engine.socket
    say(f"Engine: a fake one, since nothing answers at {own} and {reason}")
    fake = FakeDocker(folder / "fake.sock", containers=1)
    undo.callback(fake.close)
    fake.pretend_to_run()
    return fake.path


def show(hub):
    """The three things a controller does most, all through the tunnel."""
    say(f"\n$ curl --unix-socket {hub.socket(AGENT)} http://d/containers/json")
    status, _, body = hub.http(AGENT, "GET", "/containers/json")
    if status != 200:
        raise SystemExit(f"the tunnel answered {status}: {body.decode()}")
    containers = json.loads(body)
    for entry in containers:
        say(f"  {entry['Id'][:12]}  {entry['Image']:<24} {entry['Status']:<16} {entry['Names'][0].lstrip('/')}")
    if not containers:
        say("  (no running container: start one to see logs and exec)")
        return
    container = containers[0]["Id"]
    say("\nThe last line of its log:")
    request = hub.call("logs", agent=AGENT, container=container, tail=1, since="0")
    answer = hub.control.event(request)
    say("  " + answer.get("data", {}).get("logs", answer.get("reason", "")).strip())
    say("\nThe output of `echo hello through the tunnel`, run inside it:")
    output, reason = hub.exec_output(hub.exec_start(AGENT, container, ["echo", "hello through the tunnel"]))
    say("  " + (output.decode(errors="replace").strip() or f"({reason})"))


def explain(key):
    say("\nTo point an agent at a real controller:")
    say("  mkdir -p /etc/lookout")
    say("  lookout keygen --out /etc/lookout/agent.key      # the line it prints goes to the controller's authorized keys")
    say("  DRYDOCK_URL=https://controller.example PRIVATE_KEY_FILE=/etc/lookout/agent.key lookout")
    say(f"The key of this demo looked like this: {key.authorized_line().strip()}")


def run(undo):
    folder = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="lookout-demo-", ignore_cleanup_errors=True)))
    key = KeyFiles(folder)
    docker_socket = choose_engine(folder, undo)
    hub = DevHub(folder / "hub", [key])
    undo.callback(hub.stop)
    hub.start()
    say(f"Controller: the devhub at {hub.url}")
    agent = Lookout(folder / "agent", hub.url, key, docker_socket, name=AGENT)
    undo.callback(agent.stop)
    agent.start()
    hub.wait_for_agent(AGENT)
    say(f"Agent: lookout, process {agent.process.pid}, connected as \"{AGENT}\"; log in {agent.process.log_path}")
    show(hub)
    explain(key)
    if os.environ.get("DEMO_ONCE") != "1" and sys.stdin.isatty() and sys.stdout.isatty():
        say(f"\nStill running: try `curl --unix-socket {hub.socket(AGENT)} http://d/version`. Ctrl-C ends the demo.")
        signal.pause()


def main():
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)
    with contextlib.ExitStack() as undo:
        try:
            run(undo)
        except KeyboardInterrupt:
            say("\nEnding.")


main()
