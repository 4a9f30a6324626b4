# SPDX-License-Identifier: Apache-2.0
import hashlib
import io
import json
import tarfile
import time

from harness.engine import IMAGE
from harness.fake_docker import log_frame
from harness.waiting import wait_until
from harness.world import create_container


class EngineScenarios:
    """The same before a real Docker engine."""

    def run_container(self, argv, **extra):
        name = f"c{self.id_of_way}{time.monotonic_ns()}"
        container = create_container(self.to_engine.request, name, argv, **extra)
        self.addCleanup(self.engine.call, "DELETE", f"/containers/{container}?force=1")
        return name

    def test_lists_and_inspects_like_the_engine_itself(self):
        box = self.run_container(["sleep", "600"], Labels={"big": "x" * 5000}, Env=["E=\u00e4 \u2028 </&>"])
        for target in (f"/containers/{box}/json", f"/containers/{box}/json?size=1&odd=%20&&=", "/version", "/images/json",
                       f"/images/{IMAGE}/json", f"/images/{IMAGE.replace('/', '%2F')}/json"):
            with self.subTest(target):
                status, body = self.engine.call("GET", target)
                if status == 200:
                    self.assertEqual(self.to_engine.get_json(target), json.loads(body))
                else:
                    self.assertEqual(self.to_engine.request("GET", target)[0], status)
        self.assertIn("/" + box, [entry["Names"][0] for entry in self.to_engine.get_json("/containers/json")])

    def test_creates_what_the_body_says(self):
        labels = {"quote": '"\\', "euro": "\u20ac", "empty": ""}
        box = self.run_container(["sleep", "600"], Labels=labels, StopTimeout=7)
        config = json.loads(self.engine.call("GET", f"/containers/{box}/json")[1])["Config"]
        self.assertEqual((config["Labels"], config["StopTimeout"], config["Cmd"]), (labels, 7, ["sleep", "600"]))

    def test_errors_keep_their_status_and_text(self):
        for target in ("/containers/nobody/json", "/containers/nobody/logs?stdout=1", "/images/nobody/json", "/no/such/route"):
            with self.subTest(target):
                status, _, body = self.to_engine.request("GET", target)
                direct_status, direct = self.engine.call("GET", target)
                self.assertEqual((status, json.loads(body)), (direct_status, json.loads(direct)))
        self.assertEqual(self.to_engine.request("POST", "/containers/create", {"Image": "absent:1"})[0], 404)

    def test_an_archive_of_binary_files(self):
        box = self.run_container(["sleep", "600"])
        target = f"/containers/{box}/archive?path=/bin/busybox"
        status, headers, body = self.to_engine.request("GET", target)
        if self.ways.carries_binary:
            self.assertEqual((status, headers["Content-Type"]), (200, "application/x-tar"))
            self.assertEqual(hashlib.sha256(body).digest(), hashlib.sha256(self.engine.call("GET", target)[1]).digest())
        else:
            self.assertEqual(status, 502)
            self.assertRegex(json.loads(body)["message"].lower(), "binary|not text|utf-8")
        self.assertTrue(self.to_engine.request("HEAD", target)[1]["X-Docker-Container-Path-Stat"])

    def test_an_archive_that_is_put(self):
        if not self.ways.carries_binary:
            self.skipTest("the tunnel's requests carry JSON only")
        box = self.run_container(["sleep", "600"])
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w") as tar:
            entry = tarfile.TarInfo("put")
            entry.size = 300_000
            tar.addfile(entry, io.BytesIO(bytes(range(250)) * 1200))
        target = f"/containers/{box}/archive?path=/data"
        self.assertEqual(self.to_engine.request("PUT", target, stream.getvalue(), {"Content-Type": "application/x-tar"})[0], 200)
        output, code = self.to_engine.run_exec(box, ["wc", "-c", "/data/put"], b"")
        self.assertEqual((output.split()[0], code), (b"300000", 0))

    def test_logs_are_byte_exact(self):
        box = self.run_container(["sh", "-c", "i=1; while [ $i -le 50 ]; do echo line $i; i=$((i+1)); done; echo bad >&2"])
        wait_until("its end", lambda: not json.loads(self.engine.call("GET", f"/containers/{box}/json")[1])["State"]["Running"])
        for query in ("stdout=1&stderr=1", "stdout=1&tail=3", "stderr=1&timestamps=1", "stdout=1&follow=1"):
            with self.subTest(query):
                target = f"/containers/{box}/logs?{query}"
                self.assertEqual(self.to_engine.request("GET", target)[::2], self.engine.call("GET", target))

    def test_a_followed_log(self):
        box = self.run_container(["sh", "-c", "while true; do echo tick; sleep 0.1; done"])
        follower = self.to_engine.follow_log(box)
        text = ""
        while text.count("tick\n") < 5:
            text += follower.read()
        follower.cancel()

    def test_events(self):
        response = self.to_engine.open("GET", "/events?filters=%7B%22type%22%3A%5B%22container%22%5D%7D")
        self.addCleanup(response.connection.close)
        box = self.run_container(["true"])
        actions = []
        while "die" not in actions:
            event = json.loads(response.readline())
            if event["Actor"]["Attributes"]["name"] == box:
                actions.append(event["Action"])
        self.assertEqual(actions, ["create", "start", "die"])

    def test_an_exec_with_a_terminal(self):
        box = self.run_container(["sleep", "600"])
        output, code = self.to_engine.run_exec(box, ["sh", "-c", "read word; echo got $word; exit 7"], b"word\n")
        self.assertIn(b"got word", output)
        self.assertEqual(code, 7)

    def test_an_exec_as_a_stream(self):
        box = self.run_container(["sleep", "600"])
        status, _, body = self.to_engine.request("POST", f"/containers/{box}/exec", {
            "AttachStdout": True, "AttachStderr": True, "Cmd": ["sh", "-c", "echo out; echo err >&2"]})
        self.assertEqual(status, 201, body)
        status, _, body = self.to_engine.request("POST", f"/exec/{json.loads(body)['Id']}/start", {"Detach": False})
        self.assertEqual((status, sorted([body[:12], body[12:]])),
                         (200, sorted([log_frame(b"out\n"), log_frame(b"err\n", 2)])))
