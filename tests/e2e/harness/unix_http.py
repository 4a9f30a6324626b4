# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 over a unix socket, with the standard library."""

import http.client
import json
import socket


class Connection(http.client.HTTPConnection):
    def __init__(self, path, timeout=60.0):
        super().__init__("d", timeout=timeout)
        self._path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        try:
            self.sock.connect(self._path)
        except OSError:
            self.close()
            raise


def open_response(path, method, target, body=None, headers=None, timeout=60.0):
    """The response before its body is read; close its .connection when done."""
    return open_on(Connection(path, timeout), method, target, body, headers)


def open_on(connection, method, target, body=None, headers=None):
    """The same on any connection of http.client."""
    headers = dict(headers or {})
    if isinstance(body, (dict, list)):
        body = json.dumps(body).encode()
        headers.setdefault("Content-Type", "application/json")
    connection.request(method, target, body, headers)
    response = connection.getresponse()
    response.connection = connection
    return response


def request(path, method, target, body=None, headers=None, timeout=60.0):
    """(status, headers, body)"""
    response = open_response(path, method, target, body, headers, timeout)
    try:
        return response.status, response.headers, response.read()
    finally:
        response.connection.close()
