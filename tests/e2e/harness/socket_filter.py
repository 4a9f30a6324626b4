# SPDX-License-Identifier: Apache-2.0
"""A stand-in for the filter of the examples: it stands before an engine's socket and lets through what the allow list of a
compose file allows, by method and by a pattern for the whole path without the query."""

import contextlib
import re
import socket
import threading

RULE = re.compile(r"^-allow([A-Z]+)=(.*)$")


def _copy(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # the other direction has ended both


class SocketFilter:
    def __init__(self, path, engine, words):
        self.path, self.engine = path, engine
        self.rules = {found[1]: re.compile(found[2]) for word in words if (found := RULE.match(word))}
        self.refused = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def allows(self, method, target):
        rule = self.rules.get(method)
        return bool(rule and rule.fullmatch(target.split("?")[0]))

    def _accept(self):
        while True:
            try:
                client = self._listener.accept()[0]
            except OSError:
                return  # closed
            threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client):
        with client, socket.socket(socket.AF_UNIX) as server:
            data = b""
            while b"\r\n\r\n" not in data:
                piece = client.recv(65536)
                if not piece:
                    return
                data += piece
            head, rest = data.split(b"\r\n\r\n", 1)
            method, target = head.decode().split()[:2]
            if not self.allows(method, target):
                self.refused.append(f"{method} {target.split('?')[0]}")
                client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                # A body that comes after the close would make the kernel reset the connection, answer and all.
                client.shutdown(socket.SHUT_WR)
                client.settimeout(5)
                with contextlib.suppress(OSError):
                    while client.recv(65536):
                        pass
                return
            if b"\r\nupgrade:" not in head.lower():
                # So that the next request comes on a connection of its own, and is looked at.
                head = re.sub(rb"(?i)\r\nconnection:[^\r]*", b"", head) + b"\r\nConnection: close"
            server.connect(str(self.engine))
            server.sendall(head + b"\r\n\r\n" + rest)
            back = threading.Thread(target=_copy, args=[server, client], daemon=True)
            back.start()
            _copy(client, server)
            back.join()
