#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The way to the controller: TLS, proxies, IPv6, and a wrong clock."""

import shutil
import socket
import unittest

from harness.certificates import Authority
from harness.connect_proxy import ConnectProxy
from harness.lookout import free_port
from harness.process import Process
from harness.waiting import wait_until
from harness.world import WorldCase

AGENT = "edge1"


class TlsCase(WorldCase):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.world.folder / "ca")
        self.fake = self.world.start_fake(containers=1)

    def start_tls_hub(self, names=("DNS:localhost", "IP:127.0.0.1"), expired=False, *options):
        certificate, key = self.authority.issue("hub", names, expired)
        return self.world.start_hub("--cert", certificate, "--key", key, *options)

    def start_agent(self, hub, **settings):
        return self.world.start_agent(hub.url, self.fake.path, **{"CA_CERT": self.authority.certificate, **settings})

    def assert_refused(self, hub, agent, words):
        wait_until(f"the reason ({words}) in the log", lambda: any(w in agent.log().lower() for w in words))
        self.assertTrue(agent.process.is_running())
        self.assertEqual(hub.call("counters")["hellos"], 0)


class TlsTest(TlsCase):
    def test_own_authority(self):
        hub = self.start_tls_hub()
        self.start_agent(hub)
        hub.wait_for_agent(AGENT)
        self.assertEqual(hub.http(AGENT, "GET", "/_ping")[2], b"OK")

    def test_unknown_authority(self):
        hub = self.start_tls_hub()
        other = Authority(self.world.folder / "other", "Other CA")
        self.assert_refused(hub, self.start_agent(hub, CA_CERT=other.certificate), ["issuer", "self-signed", "self signed"])

    def test_wrong_name(self):
        hub = self.start_tls_hub(["DNS:elsewhere.example"])
        self.assert_refused(hub, self.start_agent(hub), ["name", "address", "mismatch"])

    def test_expired(self):
        hub = self.start_tls_hub(expired=True)
        self.assert_refused(hub, self.start_agent(hub), ["expired"])

    def test_verification_can_be_skipped_with_a_warning(self):
        hub = self.start_tls_hub(["DNS:elsewhere.example"], True)
        agent = self.start_agent(hub, CA_CERT=None, TLS_SKIP_VERIFY="true")
        hub.wait_for_agent(AGENT)
        self.assertIn("TLS_SKIP_VERIFY", agent.log())

    def test_a_clock_that_is_an_hour_off_is_learned_over_verified_tls(self):
        hub = self.start_tls_hub(("DNS:localhost", "IP:127.0.0.1"), False, "--clock-offset", "3600")
        self.start_agent(hub)
        hub.wait_for_agent(AGENT, 60)
        self.assertLessEqual(hub.call("counters")["rejections"], 2)

    def test_a_wrong_clock_is_not_learned_from_an_unverified_peer(self):
        hub = self.start_tls_hub(("DNS:localhost",), False, "--clock-offset", "3600")
        agent = self.start_agent(hub, CA_CERT=None, TLS_SKIP_VERIFY="true")
        wait_until("two refusals", lambda: hub.call("counters")["rejections"] >= 2, 60)
        self.assertEqual(hub.call("counters")["hellos"], 0)
        self.assertIn("timestamp-skew", agent.log())


class AddressTest(WorldCase):
    def test_ipv6(self):
        hub = self.world.start_hub(listen="[::1]:0")
        fake = self.world.start_fake()
        self.world.start_agent(hub.url, fake.path)
        hub.wait_for_agent(AGENT)

    def test_ipv4_when_ipv6_of_the_name_does_not_answer(self):
        addresses = {info[4][0] for info in socket.getaddrinfo("localhost", 80, type=socket.SOCK_STREAM)}
        hub = self.world.start_hub()
        fake = self.world.start_fake()
        self.assertIn("127.0.0.1", addresses)
        self.world.start_agent(hub.url.replace("127.0.0.1", "localhost"), fake.path)
        hub.wait_for_agent(AGENT)

    def test_plain_urls_to_other_hosts_are_refused_at_start(self):
        fake = self.world.start_fake()
        agent = self.world.start_agent("http://192.0.2.1", fake.path)
        self.assertNotEqual(agent.process.wait(20), 0)
        self.assertIn("ALLOW_INSECURE_EDGE_URL", agent.log())


class ProxyTest(WorldCase):
    def setUp(self):
        super().setUp()
        self.hub = self.world.start_hub()
        self.fake = self.world.start_fake(containers=1)

    def start_proxy(self, credentials=None):
        proxy = ConnectProxy(credentials)
        self.addCleanup(proxy.close)
        return proxy

    def test_without_credentials(self):
        proxy = self.start_proxy()
        self.world.start_agent(self.hub.url, self.fake.path, HTTP_PROXY=f"http://{proxy.address}")
        self.hub.wait_for_agent(AGENT)
        self.assertEqual(proxy.targets, [self.hub.url.split("://")[1]])
        self.assertEqual(self.hub.http(AGENT, "GET", "/_ping")[2], b"OK")

    def test_with_credentials(self):
        proxy = self.start_proxy("user:p@ss/word")
        self.world.start_agent(self.hub.url, self.fake.path, http_proxy=f"http://user:p%40ss%2Fword@{proxy.address}")
        self.hub.wait_for_agent(AGENT)
        self.assertEqual((len(proxy.targets), proxy.refused), (1, 0))

    def test_wrong_credentials_are_reported_with_the_proxys_name(self):
        proxy = self.start_proxy("user:right")
        agent = self.world.start_agent(self.hub.url, self.fake.path, HTTP_PROXY=f"http://user:wrong@{proxy.address}")
        agent.process.wait_for_log("407")
        self.assertIn(proxy.address, agent.log())
        self.assertNotIn("wrong@", agent.log())

    def test_no_proxy_goes_direct(self):
        proxy = self.start_proxy()
        self.world.start_agent(self.hub.url, self.fake.path, HTTP_PROXY=f"http://{proxy.address}", NO_PROXY="127.0.0.1")
        self.hub.wait_for_agent(AGENT)
        self.assertEqual(proxy.targets, [])

    def test_tls_through_tinyproxy(self):
        self.assertIsNotNone(shutil.which("tinyproxy"), "tinyproxy is not installed; run make deps")
        authority = Authority(self.world.folder / "ca")
        certificate, key = authority.issue("hub", ["IP:127.0.0.1"])
        hub = self.world.start_hub("--cert", certificate, "--key", key, folder="tls-hub")
        port = free_port()
        config = self.world.folder / "tinyproxy.conf"
        config.write_text(f"Port {port}\nListen 127.0.0.1\nTimeout 600\nBasicAuth user secret\nLogLevel Error\n")
        proxy = Process(["tinyproxy", "-d", "-c", config], self.world.folder / "tinyproxy.log")
        self.addCleanup(proxy.stop)
        wait_until("tinyproxy to listen", lambda: self.is_listening(port))
        self.world.start_agent(hub.url, self.fake.path, CA_CERT=authority.certificate,
                               HTTPS_PROXY=f"http://user:secret@127.0.0.1:{port}")
        hub.wait_for_agent(AGENT)

    @staticmethod
    def is_listening(port):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0


if __name__ == "__main__":
    unittest.main()
