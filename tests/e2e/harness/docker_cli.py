# SPDX-License-Identifier: Apache-2.0
"""Debian's docker program, as a client that knows nothing of the agent."""

import os
import pty
import select
import shutil
import subprocess
import time

from .waiting import PATIENCE

DOCKER = "/usr/bin/docker" if os.path.exists("/usr/bin/docker") else shutil.which("docker")


class DockerCli:
    """Runs docker with a configuration of its own. `options` stand in front of every command, as -H and --tls* do."""

    def __init__(self, folder, *options, **environment):
        self._options = [str(option) for option in options]
        self._environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "DOCKER_CONFIG": str(folder),
                             "DOCKER_BUILDKIT": "0", **environment}

    def start(self, *arguments, **streams):
        return subprocess.Popen([DOCKER, *self._options, *map(str, arguments)], env=self._environment, **streams)

    def run(self, *arguments, stdin=b"", expect=0):
        """Standard output, once the command has ended as expected."""
        child = self.start(*arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            output, complaint = child.communicate(stdin, timeout=60 * PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            raise AssertionError(f"docker {arguments} does not end: {child.communicate()}") from None
        assert child.returncode == expect, (arguments, child.returncode, output[-2000:], complaint[-2000:])
        return output

    def run_on_terminal(self, *arguments, typed):
        """(exit status, output) of a command on a terminal; each (prompt, text) of `typed` is typed after its prompt."""
        ours, theirs = pty.openpty()
        child = self.start(*arguments, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
        os.close(theirs)
        output = b""
        deadline = time.monotonic() + 60 * PATIENCE
        typed = list(typed)
        try:
            while True:
                if typed and typed[0][0] in output:
                    os.write(ours, typed.pop(0)[1])
                if not select.select([ours], [], [], 0.1)[0]:
                    assert time.monotonic() < deadline, output
                    continue
                output += os.read(ours, 65536)
        except OSError:  # the terminal is gone: nobody holds its other end any more
            return child.wait(20), output
        finally:
            os.close(ours)
