// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "base/IpAddress.hxx"

using namespace lookout;
using Catch::Contains;

namespace {

IpAddress Address(std::string_view text) {
  return IpAddress::Parse(text).value();
}

}  // namespace

TEST_CASE("IpAddress: has one text for each address", "[base]") {
  struct Row {
    std::string_view text;
    std::string canonical;
  };
  const auto row = GENERATE(values<Row>({
      {"203.0.113.7", "203.0.113.7"},
      {"0.0.0.0", "0.0.0.0"},
      {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
      {"2001:0db8::0001", "2001:db8::1"},
      {"::", "::"},
      {"::1", "::1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
      {"::ffff:203.0.113.7", "203.0.113.7"},
      {"::FFFF:cb00:7107", "203.0.113.7"},
  }));
  INFO(row.text);
  CHECK(Address(row.text).ToString() == row.canonical);
  CHECK(Address(row.text) == Address(row.canonical));
}

TEST_CASE("IpAddress: takes literals only", "[base]") {
  const auto *text =
      GENERATE("", " ", "localhost", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", " 1.2.3.4", "1.2.3.4 ",
               "1.2.3.4:80", "[::1]", "::1%lo", ":::", "1::2::3", "12345::", "::ffff:1.2.3.256", "0x7f.1",
               "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0001");
  INFO(text);
  CHECK_FALSE(IpAddress::Parse(text));
}

TEST_CASE("IpAddress: a NUL does not end the text", "[base]") {
  CHECK_FALSE(IpAddress::Parse(std::string_view("1.2.3.4\0x", 9)));
}

TEST_CASE("IpAddress: none is an address of its own", "[base]") {
  CHECK(IpAddress().IsNone());
  CHECK(IpAddress().ToString().empty());
  CHECK(IpAddress() != Address("0.0.0.0"));
  CHECK(Address("0.0.0.0") != Address("::"));
}

TEST_CASE("IpAddress: knows loopback addresses", "[base]") {
  for (const auto *text : {"127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1"}) {
    CHECK(Address(text).IsLoopback());
  }
  for (const auto *text : {"128.0.0.1", "126.0.0.1", "::", "::2", "100::1"}) CHECK_FALSE(Address(text).IsLoopback());
  CHECK_FALSE(IpAddress().IsLoopback());
}

TEST_CASE("IpAddress: keeps the bits of a mask", "[base]") {
  CHECK(Address("203.0.113.255").Masked(0).ToString() == "0.0.0.0");
  CHECK(Address("203.0.113.255").Masked(25).ToString() == "203.0.113.128");
  CHECK(Address("203.0.113.255").Masked(32).ToString() == "203.0.113.255");
  CHECK(Address("2001:db8:1:2:3:4:5:6").Masked(64).ToString() == "2001:db8:1:2::");
  CHECK(Address("2001:db8:1:2:3:4:5:6").Masked(128).ToString() == "2001:db8:1:2:3:4:5:6");
}

TEST_CASE("IpNetwork: contains what has its prefix", "[base]") {
  struct Row {
    std::string_view network;
    std::string_view address;
    bool is_inside;
  };
  const auto row = GENERATE(values<Row>({
      {"10.0.0.0/8", "10.255.0.1", true},
      {"10.0.0.0/8", "11.0.0.0", false},
      {"10.1.2.3/8", "10.255.0.1", true},
      {"10.0.0.0/8", "::ffff:10.0.0.1", true},
      {"::ffff:10.0.0.0/104", "10.0.0.1", true},
      {"::ffff:10.0.0.0/104", "11.0.0.1", false},
      {"10.0.0.1", "10.0.0.1", true},
      {"10.0.0.1", "10.0.0.2", false},
      {"10.0.0.1/32", "10.0.0.1", true},
      {"0.0.0.0/0", "203.0.113.7", true},
      {"0.0.0.0/0", "::1", false},
      {"::/0", "2001:db8::1", true},
      {"::/0", "203.0.113.7", false},
      {"2001:db8::/33", "2001:db8:7fff::", true},
      {"2001:db8::/33", "2001:db8:8000::", false},
      {"2001:db8::1", "2001:db8::1", true},
      {"2001:db8::1", "2001:db8::2", false},
      {"172.16.0.0/12", "172.31.255.255", true},
      {"172.16.0.0/12", "172.32.0.0", false},
  }));
  INFO(row.network << " " << row.address);
  CHECK(IpNetwork::Parse(row.network)->Contains(Address(row.address)) == row.is_inside);
  CHECK_FALSE(IpNetwork::Parse(row.network)->Contains(IpAddress()));
}

TEST_CASE("IpNetwork: says which entry is wrong", "[base]") {
  CHECK_THAT(IpNetwork::Parse("proxy.local").error().message, Contains("\"proxy.local\" is not an IP address"));
  CHECK_THAT(IpNetwork::Parse("/8").error().message, Contains("not an IP address"));
  CHECK_THAT(IpNetwork::Parse("10.0.0.0/33").error().message, Contains("\"10.0.0.0/33\"") && Contains("from 0 to 32"));
  CHECK_THAT(IpNetwork::Parse("::ffff:10.0.0.0/8").error().message, Contains("from 96 to 128"));
  for (const auto *text : {"10.0.0.0/", "10.0.0.0/x", "10.0.0.0/-1", "10.0.0.0/8 ", "10.0.0.0/8/8", "::/129"}) {
    CHECK_FALSE(IpNetwork::Parse(text));
  }
}
