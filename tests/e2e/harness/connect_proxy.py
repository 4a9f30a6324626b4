# SPDX-License-Identifier: Apache-2.0
"""An HTTP proxy that knows CONNECT only, with or without credentials; every name leads to this host."""

import base64
import contextlib
import socket
import socketserver
import threading


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        proxy = self.server.proxy
        request = self.rfile.readline().decode().split()
        headers = {}
        while (line := self.rfile.readline().decode().strip()):
            name, value = line.split(":", 1)
            headers[name.lower()] = value.strip()
        if proxy.credentials and headers.get("proxy-authorization") != proxy.expected():
            proxy.refused += 1
            self.wfile.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=x\r\n"
                             b"Content-Length: 0\r\n\r\n")
            return
        proxy.targets.append(request[1])
        port = int(request[1].rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port), 10) as upstream:
            upstream.settimeout(None)
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=self.copy, args=(upstream, self.connection), daemon=True)
            back.start()
            self.copy(self.connection, upstream)
            back.join()

    @staticmethod
    def copy(source, target):
        try:
            while chunk := source.recv(65536):
                target.sendall(chunk)
        except OSError:
            pass  # a reset is an end, too
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)


class ConnectProxy:
    def __init__(self, credentials=None):
        self.credentials = credentials
        self.targets = []
        self.refused = 0
        socketserver.ThreadingTCPServer.daemon_threads = True
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.proxy = self
        self.address = "127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def expected(self):
        return "Basic " + base64.b64encode(self.credentials.encode()).decode()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
