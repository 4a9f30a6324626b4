# SPDX-License-Identifier: Apache-2.0
"""A controller that is no more than a socket: for what goes over the wire byte by byte. It checks no hello."""

import base64
import hashlib
import json
import socket
import struct
import threading

from .waiting import PATIENCE

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class RawController:
    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(30 * PATIENCE)
        self.url = f"ws://127.0.0.1:{self._listener.getsockname()[1]}"
        self._socket = None
        self._buffer = b""

    def accept(self):
        """Upgrades the next connection, takes its hello (which it returns) and welcomes it."""
        self._socket, _ = self._listener.accept()
        self._socket.settimeout(30 * PATIENCE)
        while b"\r\n\r\n" not in self._buffer:
            self._fill()
        head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        key = next(line.split(b": ")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key:"))
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
        self._socket.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
        hello = json.loads(self.receive()[1])
        self.send(json.dumps({"type": "welcome", "data": {"pollInterval": 300}}).encode())
        return head.decode(), hello

    def _fill(self):
        chunk = self._socket.recv(65536)
        if not chunk:
            raise EOFError
        self._buffer += chunk

    def _take(self, size):
        while len(self._buffer) < size:
            self._fill()
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return taken

    def receive(self):
        """(opcode, payload) of the next frame, which must be masked and whole; EOFError at the end."""
        first, second = self._take(2)
        assert first & 0xF0 == 0x80 and second & 0x80, "frames must be final, without reserved bits, and masked"
        size = second & 0x7F
        if size == 126:
            size = struct.unpack("!H", self._take(2))[0]
        elif size == 127:
            size = struct.unpack("!Q", self._take(8))[0]
        mask = self._take(4)
        return first & 0x0F, bytes(b ^ mask[i % 4] for i, b in enumerate(self._take(size)))

    def receive_close(self):
        """(code, reason) of the close frame, whatever comes before it."""
        while True:
            opcode, payload = self.receive()
            if opcode == 8:
                return struct.unpack("!H", payload[:2])[0], payload[2:].decode()

    def send(self, payload):
        self._socket.sendall(b"\x81\x7f" + struct.pack("!Q", len(payload)) + payload)

    def send_in_background(self, payload):
        def run():
            try:
                self.send(payload)
            except OSError:
                pass  # the peer has had enough
        threading.Thread(target=run, daemon=True).start()

    def close(self):
        if self._socket:
            self._socket.close()
        self._listener.close()
