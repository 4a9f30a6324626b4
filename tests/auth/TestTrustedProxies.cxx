// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "auth/TrustedProxies.hxx"

using namespace lookout;
using Catch::Contains;

namespace {

IpAddress Address(std::string_view text) {
  return IpAddress::Parse(text).value();
}

}  // namespace

TEST_CASE("TrustedProxies: finds the client", "[auth]") {
  struct Row {
    std::string_view peer;
    std::string_view forwarded_for;
    std::string_view real_ip;
    std::string client;
  };
  const auto row = GENERATE(values<Row>({
      // A stranger's word counts for nothing.
      {"198.51.100.9", "203.0.113.7", "203.0.113.8", "198.51.100.9"},
      {"192.0.2.1", "203.0.113.7, 192.0.2.5", "", "203.0.113.7"},
      {"192.0.2.1", "203.0.113.7", "203.0.113.8", "203.0.113.7"},
      // What the client itself wrote stands further left, on a line of its own or not.
      {"192.0.2.1", "1.1.1.1, 203.0.113.7", "", "203.0.113.7"},
      {"192.0.2.1", "1.1.1.1, 192.0.2.9, 203.0.113.7, 192.0.2.5", "", "203.0.113.7"},
      {"192.0.2.1", " 203.0.113.7 ,\t192.0.2.5 ", "", "203.0.113.7"},
      // The walk ends where the text is no address.
      {"192.0.2.1", "203.0.113.7, unknown", "203.0.113.8", "192.0.2.1"},
      {"192.0.2.1", "203.0.113.7, unknown, 192.0.2.5", "203.0.113.8", "192.0.2.5"},
      {"192.0.2.1", "203.0.113.7,", "", "192.0.2.1"},
      {"192.0.2.1", "203.0.113.7,,192.0.2.5", "", "192.0.2.5"},
      {"192.0.2.1", ", 203.0.113.7", "", "203.0.113.7"},
      // All of them trusted: then X-Real-IP, then the peer.
      {"192.0.2.1", "192.0.2.9, 192.0.2.5", "", "192.0.2.1"},
      {"192.0.2.1", "192.0.2.9, 192.0.2.5", "203.0.113.8", "203.0.113.8"},
      {"192.0.2.1", "", "203.0.113.8", "203.0.113.8"},
      {"192.0.2.1", "", " 203.0.113.8 ", "203.0.113.8"},
      {"192.0.2.1", "", "not-an-ip", "192.0.2.1"},
      {"192.0.2.1", "", "203.0.113.99 extra", "192.0.2.1"},
      {"192.0.2.1", "", "192.0.2.7", "192.0.2.1"},
      {"192.0.2.1", "", "203.0.113.8, 203.0.113.9", "192.0.2.1"},
      {"192.0.2.1", "", "", "192.0.2.1"},
      // One client, one text.
      {"192.0.2.1", "203.0.113.7:4711", "", "203.0.113.7"},
      {"192.0.2.1", "[2001:DB8:0::1]:4711", "", "2001:db8::1"},
      {"192.0.2.1", "::ffff:203.0.113.7", "", "203.0.113.7"},
      {"192.0.2.1", "::ffff:192.0.2.5", "", "192.0.2.1"},
      {"::ffff:192.0.2.1", "203.0.113.7", "", "203.0.113.7"},
      {"2001:db8:ffff::1", "2001:db8::7, [2001:db8:ffff::2]", "", "2001:db8::7"},
  }));
  const auto proxies = TrustedProxies::Parse("192.0.2.0/24, 2001:db8:ffff::/48").value();
  INFO(row.peer << " | " << row.forwarded_for << " | " << row.real_ip);
  CHECK(proxies.FindClient(Address(row.peer), {row.forwarded_for, row.real_ip}).ToString() == row.client);
}

TEST_CASE("TrustedProxies: without any, only the peer counts", "[auth]") {
  for (const auto &proxies :
       {TrustedProxies(), TrustedProxies::Parse("").value(), TrustedProxies::Parse(" , ").value()}) {
    CHECK(proxies.FindClient(Address("192.0.2.1"), {"203.0.113.7", "203.0.113.7"}).ToString() == "192.0.2.1");
    CHECK(proxies.FindClient(IpAddress(), {"203.0.113.7", "203.0.113.7"}).IsNone());
  }
}

TEST_CASE("TrustedProxies: an error names the entry", "[auth]") {
  CHECK_THAT(TrustedProxies::Parse("10.0.0.0/8, proxy, 192.0.2.1").error().message, Contains("\"proxy\""));
  CHECK_THAT(TrustedProxies::Parse("10.0.0.0/8;192.0.2.1").error().message, Contains("\"10.0.0.0/8;192.0.2.1\""));
}

TEST_CASE("ParseHop: takes addresses as peers and proxies write them", "[auth]") {
  struct Row {
    std::string_view text;
    std::string address;
  };
  const auto row = GENERATE(values<Row>({
      {"203.0.113.7", "203.0.113.7"},
      {"203.0.113.7:0", "203.0.113.7"},
      {"2001:db8::1", "2001:db8::1"},
      {"[2001:db8::1]", "2001:db8::1"},
      {"[2001:db8::1]:65535", "2001:db8::1"},
      {"fe80::1%eth0", "fe80::1"},
      {"[fe80::1%eth0]:80", "fe80::1"},
      {"[::ffff:203.0.113.7]", "203.0.113.7"},
      {"", ""},
      {"unknown", ""},
      {"_hidden", ""},
      {"203.0.113.7:", ""},
      {"203.0.113.7:http", ""},
      {"203.0.113.7:123456", ""},
      {"203.0.113.7%eth0", ""},
      {"[203.0.113.7]", ""},
      {"[2001:db8::1", ""},
      {"[2001:db8::1]80", ""},
      {"[2001:db8::1]:", ""},
      {"2001:db8::1]", ""},
      {"203.0.113.7 203.0.113.8", ""},
      {"\"203.0.113.7\"", ""},
      {":80", ""},
  }));
  INFO(row.text);
  CHECK(ParseHop(row.text).value_or(IpAddress()).ToString() == row.address);
}
