#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The examples and the workflows, as far as a machine without a network can tell."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
LOOKOUT = os.environ["LOOKOUT"]


def known_settings():
    shown = subprocess.run([LOOKOUT, "check-config"], capture_output=True, text=True, check=False, env={}).stdout
    return {line.split()[0] for line in shown.splitlines()}


def load(path):
    with open(path, encoding="utf-8") as file:
        return list(yaml.safe_load_all(file))


class ComposeTest(unittest.TestCase):
    FILES = sorted(EXAMPLES.glob("compose/*.yaml"))

    def agents(self):
        for path in self.FILES:
            yield path.name, load(path)[0]["services"]["lookout"]

    def test_the_files_are_there(self):
        self.assertEqual([path.name for path in self.FILES],
                         ["edge-exec.yaml", "edge-socket-proxy.yaml", "edge.yaml", "standard.yaml"])

    @unittest.skipUnless(shutil.which("docker-compose"), "docker-compose is not installed; run make deps")
    def test_compose_accepts_them(self):
        for path in self.FILES:
            with tempfile.TemporaryDirectory() as home:
                result = subprocess.run(["docker-compose", "-f", str(path), "config", "-q"], capture_output=True, text=True,
                                        check=False, timeout=60, env={"PATH": os.environ["PATH"], "HOME": home})
            self.assertEqual(result.returncode, 0, result.stderr)

    def test_settings_are_known(self):
        for name, agent in self.agents():
            self.assertLessEqual(set(agent["environment"]), known_settings(), name)

    def test_every_agent_is_locked_down(self):
        for name, agent in self.agents():
            self.assertEqual((agent["read_only"], agent["cap_drop"], agent["security_opt"]),
                             (True, ["ALL"], ["no-new-privileges:true"]), name)
            self.assertNotIn("privileged", agent)

    def test_a_filtered_agent_never_sees_the_engines_socket(self):
        for name in ("edge-exec.yaml", "edge-socket-proxy.yaml"):
            services = load(EXAMPLES / "compose" / name)[0]["services"]
            self.assertNotIn("docker.sock:", " ".join(services["lookout"]["volumes"]))
            self.assertEqual(services["filter"]["network_mode"], "none")

    def allowed(self, name, method):
        words = load(EXAMPLES / "compose" / name)[0]["services"]["filter"]["command"]
        pattern = next(word.split("=", 1)[1] for word in words if word.startswith(f"-allow{method}="))
        return re.compile(pattern)

    def test_the_filter_lets_through_what_it_says(self):
        for name in ("edge-exec.yaml", "edge-socket-proxy.yaml"):
            reads, changes = self.allowed(name, "GET"), self.allowed(name, "POST")
            for path in ("/_ping", "/v1.41/version", "/v1.41/info", "/v1.41/events", "/v1.41/containers/json",
                         "/v1.41/containers/abc/json", "/v1.41/containers/abc/logs", "/v1.41/images/sha256:1/json"):
                self.assertTrue(reads.fullmatch(path), path)
            self.assertTrue(changes.fullmatch("/v1.41/containers/abc/restart"))
            for path in ("/v1.41/containers/create", "/v1.41/build", "/v1.41/volumes/create", "/v1.41/swarm/init"):
                self.assertFalse(changes.fullmatch(path), path)
            has_exec = name == "edge-exec.yaml"
            for path in ("/v1.41/containers/abc/exec", "/v1.41/exec/0a1b/start", "/v1.41/exec/0a1b/resize"):
                self.assertEqual(bool(changes.fullmatch(path)), has_exec, path)


class KubernetesTest(unittest.TestCase):
    def setUp(self):
        self.manifest, = load(EXAMPLES / "kubernetes/lookout.yaml")
        self.pod = self.manifest["spec"]["template"]["spec"]
        self.container, = self.pod["containers"]

    def test_its_parts_fit_together(self):
        self.assertEqual((self.manifest["apiVersion"], self.manifest["kind"]), ("apps/v1", "DaemonSet"))
        labels = self.manifest["spec"]["template"]["metadata"]["labels"]
        self.assertEqual(self.manifest["spec"]["selector"]["matchLabels"], labels)
        mounted = {mount["name"] for mount in self.container["volumeMounts"]}
        self.assertEqual(mounted, {volume["name"] for volume in self.pod["volumes"]})

    def test_it_is_locked_down(self):
        context = self.container["securityContext"]
        self.assertEqual((context["readOnlyRootFilesystem"], context["allowPrivilegeEscalation"]), (True, False))
        self.assertEqual(context["capabilities"], {"drop": ["ALL"]})
        self.assertTrue(self.pod["securityContext"]["runAsNonRoot"])
        secret = next(volume["secret"] for volume in self.pod["volumes"] if "secret" in volume)
        self.assertEqual(secret["defaultMode"], 0o400)

    def test_settings_and_probes_are_known(self):
        self.assertLessEqual({variable["name"] for variable in self.container["env"]}, known_settings())
        for probe in ("livenessProbe", "readinessProbe"):
            command = self.container[probe]["exec"]["command"]
            self.assertEqual(command[:2], ["/usr/bin/lookout", "health"])
            asked = subprocess.run([LOOKOUT, *command[1:], "--help"], capture_output=True, check=False)
            self.assertEqual(asked.returncode, 0, command)


class MonitoringTest(unittest.TestCase):
    def test_prometheus(self):
        job, = load(EXAMPLES / "monitoring/prometheus.yml")[0]["scrape_configs"]
        self.assertEqual((job["metrics_path"], job["authorization"]["type"]), ("/metrics", "Bearer"))

    def test_fluent_bit(self):
        text = (EXAMPLES / "monitoring/fluent-bit.conf").read_text()
        self.assertEqual(re.findall(r"(?m)^\[(\w+)\]$", text), ["SERVICE", "INPUT", "INPUT", "OUTPUT"])


class WorkflowTest(unittest.TestCase):
    FILES = sorted((ROOT / ".github/workflows").glob("*.yml"))

    def test_the_files_are_there(self):
        self.assertEqual([path.name for path in self.FILES], ["fuzz.yml", "packages.yml", "test.yml"])

    def test_actions_are_pinned_by_their_hash(self):
        for path in self.FILES:
            uses = re.findall(r"uses: *(\S+)", path.read_text())
            self.assertTrue(uses, path.name)
            for action in uses:
                self.assertRegex(action, r"^[\w./-]+@[0-9a-f]{40}$", path.name)

    def test_the_table_of_pins_is_what_is_used(self):
        table = re.findall(r"(?m)^\| `([\w./-]+)` \| (v[\d.]+) \| `([0-9a-f]{40})` \|$", (ROOT / "docs/packaging.md").read_text())
        used = re.findall(r"uses: *([\w./-]+)@([0-9a-f]{40}) # (v[\d.]+)$", "\n".join(p.read_text() for p in self.FILES), re.M)
        self.assertEqual({(action, version, pin) for action, version, pin in table},
                         {(action, version, pin) for action, pin, version in used})

    def test_what_the_fuzzers_find_is_kept(self):
        self.assertIn("$build/crashes", (ROOT / "tests/fuzz/run").read_text())
        self.assertIn("path: build-fuzz/crashes}", (ROOT / ".github/workflows/fuzz.yml").read_text())

    def test_rights_are_named_and_few(self):
        for path in self.FILES:
            workflow, = load(path)
            self.assertEqual(workflow["permissions"], {"contents": "read"}, path.name)
            for job in workflow["jobs"].values():
                self.assertIn("timeout-minutes", job)

    def test_targets_of_make_exist(self):
        targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))
        for path in self.FILES:
            for target in re.findall(r"(?m)(?:run: |&& |^ *)make ([a-z-]+)", path.read_text()):
                self.assertIn(target, targets, path.name)


if __name__ == "__main__":
    unittest.main()
