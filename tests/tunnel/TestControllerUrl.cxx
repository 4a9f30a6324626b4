// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tunnel/ControllerUrl.hxx"

using namespace lookout;

TEST_CASE("ControllerUrl: reads every accepted form", "[tunnel]") {
  struct Row {
    const char *text;
    const char *normal;
    const char *host_header;
  };
  const auto row = GENERATE(values<Row>({
      {"https://hub.example.com", "wss://hub.example.com:443", "hub.example.com"},
      {"http://hub", "ws://hub:80", "hub"},
      {"wss://hub:8443", "wss://hub:8443", "hub:8443"},
      {"ws://hub:443", "ws://hub:443", "hub:443"},
      {"HTTPS://Hub.Example.COM/", "wss://hub.example.com:443", "hub.example.com"},
      {"https://hub:443/", "wss://hub:443", "hub"},
      {"https://hub/Base/Path//", "wss://hub:443/Base/Path", "hub"},
      {"https://hub/a%20b", "wss://hub:443/a%20b", "hub"},
      {" https://hub \n", "wss://hub:443", "hub"},
      {"http://127.0.0.1:3000", "ws://127.0.0.1:3000", "127.0.0.1:3000"},
      {"https://[2001:DB8::1]", "wss://[2001:db8::1]:443", "[2001:db8::1]"},
      {"https://[::1]:8443/x", "wss://[::1]:8443/x", "[::1]:8443"},
      {"http://my_container-1:3000", "ws://my_container-1:3000", "my_container-1:3000"},
      {"https://hub.example.com.", "wss://hub.example.com.:443", "hub.example.com."},
  }));
  CAPTURE(row.text);
  const auto url = ParseControllerUrl(row.text);
  REQUIRE(url);
  CHECK(url->ToString() == row.normal);
  CHECK(url->HostHeader() == row.host_header);
}

TEST_CASE("ControllerUrl: says what is wrong and what to write", "[tunnel]") {
  struct Row {
    const char *text;
    const char *hint;
  };
  const auto row = GENERATE(values<Row>({
      {"", "is empty"},
      {"hub.example.com", "scheme is missing"},
      {"hub.example.com:443", "scheme is missing"},
      {"ftp://hub", "must be https, http, wss or ws"},
      {"://hub", "must be https, http, wss or ws"},
      {"https://", "host is missing"},
      {"https:///path", "host is missing"},
      {"https://:443", "host is missing"},
      {"https://user:secret@hub", "remove the user name and password"},
      {"https://hub?x=1", "remove the query"},
      {"https://hub/#top", "remove the fragment"},
      {"https://hub:", "port must be a number from 1 to 65535"},
      {"https://hub:0", "port must be a number from 1 to 65535"},
      {"https://hub:-1", "port must be a number from 1 to 65535"},
      {"https://hub:65536", "port must be a number from 1 to 65535"},
      {"https://hub:+80", "port must be a number from 1 to 65535"},
      {"https://hub:80x/", "port must be a number from 1 to 65535"},
      {"https://2001:db8::1", "needs brackets"},
      {"https://[2001:db8::1", "must be an IPv6 address"},
      {"https://[hub]", "must be an IPv6 address"},
      {"https://[fe80::1%25eth0]", "must be an IPv6 address"},
      {"https://[::1]8443", "may only be a port"},
      {"https://a..b", "must be a DNS name"},
      {"https://1.2.3", "must be a DNS name"},
      {"https://1.2.3.456", "must be a DNS name"},
      {"https://0x7f", "must be a DNS name"},
      {"https://127.0.0.0x1", "must be a DNS name"},
      {"https://h\xc3\xbc"
       "b",
       "must be a DNS name"},
      {"https://a b", "must be a DNS name"},
      {"https://hub/a b", "percent-encode"},
      {"https://hub/a\r\nX: y", "percent-encode"},
  }));
  CAPTURE(row.text);
  const auto url = ParseControllerUrl(row.text);
  REQUIRE_FALSE(url);
  CHECK_THAT(url.error().message, Catch::Contains(row.hint));
  CHECK_THAT(url.error().message, !Catch::Contains("secret"));
}

TEST_CASE("ControllerUrl: refuses names that DNS or the Host header cannot hold", "[tunnel]") {
  CHECK(ParseControllerUrl("https://" + std::string(63, 'a') + ".example"));
  CHECK_FALSE(ParseControllerUrl("https://" + std::string(64, 'a') + ".example"));
  std::string name;
  while (name.size() < 105) name += "abcd.";
  CHECK(ParseControllerUrl("https://" + name + "abcde"));
  CHECK_FALSE(ParseControllerUrl("https://" + name + "abcdef"));
  CHECK_FALSE(ParseControllerUrl("https://hub/" + std::string(3000, 'a')));
  CHECK_FALSE(ParseControllerUrl(std::string_view("ws://127.0.0.1\0.example", 23)));
  CHECK_FALSE(ParseControllerUrl(std::string_view("ws://[::1\0x]", 12)));
}

TEST_CASE("ControllerUrl: knows what stays on this host", "[tunnel]") {
  const auto insecure = [](const char *text) { return ParseControllerUrl(text)->IsInsecure(); };
  CHECK_FALSE(insecure("http://localhost:3000"));
  CHECK_FALSE(insecure("http://hub.localhost"));
  CHECK_FALSE(insecure("http://127.0.0.1"));
  CHECK_FALSE(insecure("ws://127.8.8.8"));
  CHECK_FALSE(insecure("ws://[::1]:1"));
  CHECK_FALSE(insecure("ws://[::ffff:127.0.0.1]"));
  CHECK_FALSE(insecure("https://hub.example.com"));
  CHECK(insecure("http://hub.example.com"));
  CHECK(insecure("http://127.example.com"));
  CHECK(insecure("http://128.0.0.1"));
  CHECK(insecure("http://notlocalhost"));
  CHECK(insecure("ws://[::2]"));
}

TEST_CASE("ControllerUrl: splits a list and keeps its order", "[tunnel]") {
  const auto urls = ParseControllerUrls("https://a, http://localhost:3000/ ,,");
  REQUIRE(urls);
  REQUIRE(urls->size() == 2);
  CHECK(urls->at(0).host == "a");
  CHECK(urls->at(1).host == "localhost");
  CHECK_FALSE(ParseControllerUrls(" , "));
  CHECK_THAT(ParseControllerUrls("https://a,b").error().message, Catch::Contains("\"b\""));
}
