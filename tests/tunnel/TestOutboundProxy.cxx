// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tunnel/OutboundProxy.hxx"

using namespace lookout;

namespace {

ControllerUrl Url(const std::string &text) {
  return ParseControllerUrl(text).value();
}

}  // namespace

TEST_CASE("OutboundProxy: reads a proxy", "[tunnel]") {
  struct Row {
    const char *text;
    const char *authority;
    const char *user;
    const char *password;
  };
  const auto row = GENERATE(values<Row>({
      {"http://proxy:3128", "proxy:3128", nullptr, nullptr},
      {"HTTP://Proxy:3128/", "proxy:3128", nullptr, nullptr},
      {"proxy:3128", "proxy:3128", nullptr, nullptr},
      {"http://proxy", "proxy:80", nullptr, nullptr},
      {" http://[2001:db8::1]:8080 ", "[2001:db8::1]:8080", nullptr, nullptr},
      {"http://user:secret@10.0.0.1:3128", "10.0.0.1:3128", "user", "secret"},
      {"http://dom%5Cuser:p%40ss%3a%25@proxy:1", "proxy:1", "dom\\user", "p@ss:%"},
      {"http://user:p@ss@proxy:1", "proxy:1", "user", "p@ss"},
      {"http://user@proxy:1", "proxy:1", "user", ""},
      {"http://:@proxy:1", "proxy:1", "", ""},
  }));
  CAPTURE(row.text);
  const auto proxy = ParseProxyUrl(row.text, "HTTPS_PROXY");
  REQUIRE(proxy);
  CHECK(proxy->Authority() == row.authority);
  CHECK(proxy->has_credentials == (row.user != nullptr));
  CHECK(proxy->user == (row.user != nullptr ? row.user : ""));
  CHECK(proxy->password == (row.password != nullptr ? row.password : ""));
}

TEST_CASE("OutboundProxy: refuses what it cannot use, without repeating credentials", "[tunnel]") {
  struct Row {
    const char *text;
    const char *hint;
  };
  const auto row = GENERATE(values<Row>({
      {"https://user:secret@proxy:3128", "https:// are not supported"},
      {"socks5://proxy:1080", "socks5:// are not supported"},
      {"http://user:secret@", "not a proxy address"},
      {"http://user:secret@proxy:99999", "not a proxy address"},
      {"http://proxy:3128/secret", "a proxy has no path"},
      {"http://user:secret%zz@proxy:1", "%25"},
      {"http://us%3Aer:secret@proxy:1", "may not hold ':'"},
  }));
  CAPTURE(row.text);
  const auto proxy = ParseProxyUrl(row.text, "HTTPS_PROXY");
  REQUIRE_FALSE(proxy);
  CHECK_THAT(proxy.error().message, Catch::StartsWith("HTTPS_PROXY: ") && Catch::Contains(row.hint));
  CHECK_THAT(proxy.error().message, !Catch::Contains("secret"));
}

TEST_CASE("OutboundProxy: NO_PROXY knows names, suffixes, ports, addresses and networks", "[tunnel]") {
  struct Row {
    const char *no_proxy;
    const char *url;
    bool bypassed;
  };
  const auto row = GENERATE(values<Row>({
      {"", "https://hub.example.com", false},
      {"*", "https://hub.example.com", true},
      {"other, hub.example.com", "https://hub.example.com", true},
      {"EXAMPLE.com", "https://hub.example.com", true},
      {"example.com", "https://example.com", true},
      {"ample.com", "https://example.com", false},
      {".example.com", "https://hub.example.com", true},
      {".example.com", "https://example.com", false},
      {".", "https://example.com", false},
      {"example.com:8443", "https://example.com:8443", true},
      {"example.com:8443", "https://example.com", false},
      {"example.com:443", "https://example.com", true},
      {"example.com:x", "https://example.com", false},
      {"10.1.2.3", "https://10.1.2.3", true},
      {"10.1.2.3:443", "https://10.1.2.3", true},
      {"10.1.2.3:80", "https://10.1.2.3", false},
      {"2.3", "https://10.1.2.3", false},
      {"10.0.0.0/8", "https://10.1.2.3", true},
      {"10.0.0.0/8", "https://11.1.2.3", false},
      {"10.1.2.128/25", "https://10.1.2.129", true},
      {"10.1.2.128/25", "https://10.1.2.127", false},
      {"0.0.0.0/0", "https://10.1.2.3", true},
      {"0.0.0.0/0", "https://hub", false},
      {"10.1.2.3/32", "https://10.1.2.3", true},
      {"10.1.2.3/33", "https://10.1.2.3", false},
      {"10.1.2.3/x", "https://10.1.2.3", false},
      {"10.1.2.3/-5", "https://10.9.9.9", false},
      {"::ffff:10.0.0.0/104", "https://10.1.2.3", true},
      {"2001:db8::/32", "https://[2001:db8::1]", true},
      {"2001:db8::/32", "https://[2001:db9::1]", false},
      {"2001:db8::/32", "https://10.1.2.3", false},
      {"2001:db8::1", "https://[2001:db8:0::1]", true},
      {"[2001:db8::1]", "https://[2001:db8::1]", true},
      {"[2001:db8::1]:443", "https://[2001:db8::1]", true},
      {"[2001:db8::1]:80", "https://[2001:db8::1]", false},
      {"10.1.2.0/24", "https://[::ffff:10.1.2.3]", true},
      {":,[,],/,[]:,:80", "https://example.com:80", false},
  }));
  CAPTURE(row.no_proxy, row.url);
  CHECK(IsProxyBypassed(row.no_proxy, Url(row.url)) == row.bypassed);
}

TEST_CASE("OutboundProxy: chooses by scheme, and never for loopback", "[tunnel]") {
  const ProxyEnvironment environment{"http://secure:1", "http://plain:2", "direct.example.com"};
  const auto choose = [&](const char *url) {
    const auto proxy = ChooseProxy(environment, Url(url)).value();
    return proxy ? proxy->Authority() : "direct";
  };
  CHECK(choose("https://hub") == "secure:1");
  CHECK(choose("ws://hub") == "plain:2");
  CHECK(choose("https://direct.example.com") == "direct");
  CHECK(choose("https://localhost") == "direct");
  CHECK(choose("ws://127.0.0.2:3000") == "direct");
  CHECK(choose("wss://[::1]") == "direct");
  CHECK_FALSE(ChooseProxy({}, Url("https://hub")).value());
  CHECK_FALSE(ChooseProxy({"socks5://p:1", "", ""}, Url("https://hub")));
  CHECK(ChooseProxy({"socks5://p:1", "", "*"}, Url("https://hub")));
}
