# SPDX-License-Identifier: Apache-2.0
"""A client of server-sent events, as a controller is one: what counts are the lines that begin with `data: `."""

import contextlib
import json
import socket
import threading
import time

from .waiting import wait_until


class EventStream:
    """Reads in the background until the stream or the client ends."""

    def __init__(self, response):
        self._response = response
        self._socket = response.fp.raw._sock
        # Heartbeats come every 20 s.
        self._socket.settimeout(60)
        self.status, self.headers = response.status, response.headers
        self.events = []  # (time, data)
        self.ids = []
        self.comments = []
        self.ended = None  # how: "end" or the exception
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        try:
            block = []
            while line := self._response.readline():
                text = line.decode().rstrip("\n")
                if text:
                    block.append(text)
                    continue
                self._take(block)
                block = []
            self.ended = "end"
        except Exception as error:  # whatever ends it is for the test to judge
            self.ended = error

    def _take(self, block):
        for line in block:
            if line.startswith("data: "):
                self.events.append((time.monotonic(), json.loads(line[6:])))
            elif line.startswith("id: "):
                self.ids.append(line[4:])
            elif line.startswith(":"):
                self.comments.append(line)

    def wait(self, what, where, after=0, seconds=20.0):
        """(time, event) of the first one from index `after` on for which where(event)."""
        def find():
            found = [entry for entry in self.events[after:] if where(entry[1])]
            return found or (self.ended and [None])
        entry = wait_until(f"{what} among {len(self.events)} events", find, seconds)[0]
        assert entry is not None, f"the stream ended ({self.ended}) before {what}"
        return entry

    def close(self):
        # The socket itself: closing the response would wait for the thread, which waits for the response.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._response.close()
        self._response.connection.close()
