#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The way to the controller: TLS, proxies, IPv6, and a wrong clock."""

import signal
import socket
import unittest
from pathlib import Path

from harness.certificates import Authority
from harness.connect_proxy import ConnectProxy
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
        agent.process.wait_for_log("no session with the controller")
        self.assertRegex(agent.log().lower(), "|".join(words))
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
        self.assert_refused(hub, self.start_agent(hub, CA_CERT=other.certificate), ["issued by"])

    def test_a_new_authority_is_read_for_every_controller(self):
        hub = self.start_tls_hub()
        bundle = self.world.folder / "bundle.pem"
        bundle.write_bytes(Path(Authority(self.world.folder / "other", "Other CA").certificate).read_bytes())
        agent = self.world.start_agent("wss://127.0.0.1:1," + hub.url, self.fake.path, CA_CERT=bundle)
        agent.process.wait_for_log("issued by")
        bundle.write_bytes(Path(self.authority.certificate).read_bytes())
        agent.process.send_signal(signal.SIGHUP)
        hub.wait_for_agent(AGENT)

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
    """The controller has a name that only the proxy can resolve; loopback addresses would go past the proxy."""

    NAME = "controller.test"

    def setUp(self):
        super().setUp()
        self.fake = self.world.start_fake(containers=1)
        self.hub = self.world.start_hub()

    def start_proxy(self, credentials=None):
        proxy = ConnectProxy(credentials)
        self.addCleanup(proxy.close)
        return proxy

    def start_agent(self, hub=None, **settings):
        url = (hub or self.hub).url.replace("127.0.0.1", self.NAME)
        return self.world.start_agent(url, self.fake.path, ALLOW_INSECURE_EDGE_URL="true", **settings)

    def port(self):
        return self.hub.url.rsplit(":", 1)[1]

    def test_without_credentials(self):
        proxy = self.start_proxy()
        self.start_agent(HTTP_PROXY=f"http://{proxy.address}")
        self.hub.wait_for_agent(AGENT)
        self.assertEqual(proxy.targets, [f"{self.NAME}:{self.port()}"])
        self.assertEqual(self.hub.http(AGENT, "GET", "/_ping")[2], b"OK")

    def test_with_credentials_in_lower_case_variables(self):
        proxy = self.start_proxy("user:p@ss/word")
        self.start_agent(http_proxy=f"http://user:p%40ss%2Fword@{proxy.address}")
        self.hub.wait_for_agent(AGENT)
        self.assertEqual((len(proxy.targets), proxy.refused), (1, 0))

    def test_tls_inside_the_tunnel_is_checked_against_the_controllers_name(self):
        authority = Authority(self.world.folder / "ca")
        certificate, key = authority.issue("hub", [f"DNS:{self.NAME}"])
        hub = self.world.start_hub("--cert", certificate, "--key", key, folder="tls-hub")
        proxy = self.start_proxy("user:secret")
        self.start_agent(hub, CA_CERT=authority.certificate, HTTPS_PROXY=f"http://user:secret@{proxy.address}")
        hub.wait_for_agent(AGENT)

    def test_wrong_credentials_are_reported_with_the_proxys_name(self):
        proxy = self.start_proxy("user:right")
        agent = self.start_agent(HTTP_PROXY=f"http://user:wrong@{proxy.address}")
        agent.process.wait_for_log("407")
        self.assertIn(proxy.address, agent.log())
        self.assertNotIn("wrong@", agent.log())

    def test_no_proxy_goes_direct(self):
        proxy = self.start_proxy()
        agent = self.start_agent(HTTP_PROXY=f"http://{proxy.address}", NO_PROXY=".test")
        agent.process.wait_for_log(self.NAME)
        wait_until("a failed look-up", lambda: "resolve" in agent.log() or "not known" in agent.log())
        self.assertEqual(proxy.targets, [])

    def test_a_controller_on_this_host_is_never_asked_for_at_a_proxy(self):
        proxy = self.start_proxy()
        self.world.start_agent(self.hub.url, self.fake.path, HTTP_PROXY=f"http://{proxy.address}")
        self.hub.wait_for_agent(AGENT)
        self.assertEqual(proxy.targets, [])


if __name__ == "__main__":
    unittest.main()
