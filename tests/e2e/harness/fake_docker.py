# SPDX-License-Identifier: Apache-2.0
"""A stand-in for the Docker engine, only for faults and speed: what a real one cannot be made to do in a test."""

import hashlib
import http.server
import json
import os
import socketserver
import threading
import time
import urllib.parse

VERSION = {"Version": "24.0.0", "ApiVersion": "1.43", "Os": "linux", "Arch": "amd64", "MinAPIVersion": "1.12"}
STREAM_TYPE = "application/vnd.docker.multiplexed-stream"
BLOCK = os.urandom(64 * 1024 - 8)


def log_frame(payload, stream=1):
    return bytes([stream, 0, 0, 0]) + len(payload).to_bytes(4, "big") + payload


def big_log(mebibytes):
    """The pieces of a log of that size, headers included, and their SHA-256."""
    frame = log_frame(BLOCK)
    count = mebibytes * 16
    digest = hashlib.sha256()
    for _ in range(count):
        digest.update(frame)
    return frame, count, digest.hexdigest()


def make_container(number):
    return {"Id": f"{number:064x}", "Names": [f"/box-{number}"], "Image": "acme/box:1.2.3", "ImageID": "sha256:" + "a" * 64,
            "Command": "run", "Created": 1700000000, "State": "running", "Status": "Up 5 minutes", "Labels": {},
            "Ports": [], "Mounts": [], "NetworkSettings": {"Networks": {}}, "HostConfig": {"NetworkMode": "none"}}


def make_inspect(number, padding=0):
    entry = make_container(number)
    return {"Id": entry["Id"], "Name": entry["Names"][0], "Created": "2026-01-01T00:00:00Z", "Image": entry["ImageID"],
            "State": {"Status": "running", "Running": True, "StartedAt": "2026-01-01T00:00:01Z"}, "Mounts": [],
            "Config": {"Image": entry["Image"], "Labels": {}, "Tty": False, "Env": [f"N={number}", "PAD=" + "x" * padding]},
            "NetworkSettings": {"Ports": {}, "Networks": {}}, "HostConfig": {}}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def address_string(self):
        return "unix"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.fake = self.server.fake
        parts = urllib.parse.urlsplit(self.path)
        path = parts.path
        if path.startswith("/v1."):
            path = path[path.index("/", 1):]
        self.fake.calls.append((self.command, self.path))
        self.body = self.read_body()
        for prefix, act in self.fake.routes:
            if path.startswith(prefix):
                return act(self, path)
        return self.reply(404, {"message": f"page not found: {path}"})

    do_POST = do_PUT = do_DELETE = do_HEAD = do_GET

    def read_body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def reply(self, status, body, kind="application/json", headers=()):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def begin_stream(self, kind=STREAM_TYPE):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        pass  # a client that goes away is what some tests are about


class FakeDocker:
    """Listens at once. `containers` is how many there are; routes added later are looked at first."""

    def __init__(self, path, containers=0, padding=0):
        self.path = str(path)
        self.calls = []
        self.released = threading.Event()
        self.open_streams = 0
        self._lock = threading.Lock()
        self.routes = [
            ("/version", lambda h, p: h.reply(200, VERSION)),
            ("/_ping", lambda h, p: h.reply(200, b"OK", "text/plain")),
            ("/info", lambda h, p: h.reply(200, {"DockerRootDir": "/", "ID": "fake"})),
            ("/events", self.hang_stream),
            ("/containers/json", lambda h, p: h.reply(200, [make_container(n) for n in range(containers)])),
            ("/images/", lambda h, p: h.reply(200, {"Id": "sha256:" + "a" * 64, "Architecture": "amd64", "Os": "linux",
                                                     "RepoDigests": [], "Created": "2026-01-01T00:00:00Z"})),
            ("/containers/", lambda h, p: h.reply(200, make_inspect(int(p.split("/")[2][:64], 16), padding))),
        ]
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.server = Server(self.path, Handler)
        self.server.fake = self
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def on(self, prefix, act):
        """act(handler, path) answers targets that begin so."""
        self.routes.insert(0, (prefix, act))

    def pretend_to_run(self):
        """Has one line of log and one answer to every exec, for the demonstration."""
        def start_exec(handler, _path):
            handler.send_response(101)
            handler.send_header("Connection", "Upgrade")
            handler.send_header("Upgrade", "tcp")
            handler.end_headers()
            handler.wfile.write(b"hello from the fake engine, which runs nothing\r\n")
            handler.close_connection = True

        def log(handler, _path):
            handler.begin_stream()
            handler.wfile.write(log_frame(b"a line of log from the fake engine\n"))
        self.on("/exec/", lambda handler, _path: handler.reply(200, {"ExitCode": 0, "Running": False}))
        self.on("/exec/fake/start", start_exec)
        identity = f"/containers/{make_container(0)['Id']}"
        self.on(identity + "/exec", lambda handler, _path: handler.reply(201, {"Id": "fake"}))
        self.on(identity + "/logs", log)

    def hang_stream(self, handler, _path):
        """Answers the head and then nothing, until release() or the client goes."""
        handler.begin_stream("application/json")
        handler.wfile.flush()
        self.hold(handler)

    def hang(self, handler, _path):
        """Answers nothing at all."""
        self.hold(handler)
        handler.close_connection = True

    def hold(self, handler):
        """Keeps the connection without a word, until release() or the client goes."""
        with self._lock:
            self.open_streams += 1
        handler.connection.settimeout(0.05)
        try:
            while not self.released.is_set():
                try:
                    if not handler.connection.recv(1):
                        break
                except TimeoutError:
                    time.sleep(0.02)
        except OSError:
            pass
        finally:
            with self._lock:
                self.open_streams -= 1

    def close(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
        os.unlink(self.path)
