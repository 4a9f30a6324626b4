// SPDX-License-Identifier: Apache-2.0
#include "proxy/HttpParser.hxx"

#include <catch2/catch.hpp>
#include <string>

#include "proxy/Limits.hxx"

using namespace lookout;
using Kind = BodyFraming::Kind;

namespace {

int StatusOf(const std::string &head) {
  const auto message = ParseRequest(head);
  return message ? 200 : message.error().status;
}

/** A request with these lines after the usual ones. */
std::string With(const std::string &lines) {
  return "POST /x HTTP/1.1\r\nHost: d\r\n" + lines;
}

}  // namespace

TEST_CASE("HttpParser: reads a request", "[http]") {
  const auto message = ParseRequest(
      "POST /v1.41/a%2Fb//../c?x=%20&y HTTP/1.1\r\nhost: docker\r\nX-A:  one two \t\r\nX-A:\r\nContent-Length: 12\r\n");
  REQUIRE(message);
  CHECK(message->head.method == "POST");
  CHECK(message->head.target == "/v1.41/a%2Fb//../c?x=%20&y");
  CHECK(message->version == HttpVersion::V11);
  CHECK(message->head.headers.Size() == 4);
  CHECK(message->head.headers.Joined("x-a") == "one two, ");
  CHECK(message->framing == BodyFraming{Kind::Length, 12});
}

TEST_CASE("HttpParser: request lines", "[http]") {
  const auto [line, status] = GENERATE(table<std::string, int>({
      {"GET / HTTP/1.1", 200},
      {"BREW /x HTTP/1.1", 200},
      {"GET  / HTTP/1.1", 400},
      {"GET /a b HTTP/1.1", 400},
      {"GET / HTTP/1.1 ", 400},
      {" GET / HTTP/1.1", 400},
      {"GET /\tHTTP/1.1", 400},
      {"GET /", 400},
      {"GET", 400},
      {"", 400},
      {"G@T / HTTP/1.1", 400},
      {"GET x HTTP/1.1", 400},
      {"GET * HTTP/1.1", 400},
      {"OPTIONS * HTTP/1.1", 200},
      {"OPTIONS *x HTTP/1.1", 400},
      {"options * HTTP/1.1", 400},
      {"CONNECT d:80 HTTP/1.1", 400},
      {"GET /#f HTTP/1.1", 400},
      {"GET /\xc3\xa4 HTTP/1.1", 400},
      {"GET / http/1.1", 400},
      {"GET / HTTP/1.2", 505},
      {"GET / HTTP/1.10", 505},
      {"GET / HTTP/2.0", 505},
      {"PRI * HTTP/2.0", 505},
      {"GET / HTTP/0.9", 505},
      {"\x16\x03\x01 / HTTP/1.1", 400},
  }));
  CAPTURE(line);
  CHECK(StatusOf(line + "\r\nHost: d\r\n") == status);
}

TEST_CASE("HttpParser: long targets", "[http]") {
  CHECK(StatusOf("GET /" + std::string(16 * 1024, 'a') + " HTTP/1.1\r\nHost: d\r\n") == 414);
  CHECK(StatusOf("GET /" + std::string(16 * 1024 - 1, 'a') + " HTTP/1.1\r\nHost: d\r\n") == 200);
}

TEST_CASE("HttpParser: absolute targets are reduced to a path and replace Host", "[http]") {
  const auto [target, path, host] = GENERATE(table<std::string, std::string, std::string>({
      {"http://other:80/a?b", "/a?b", "other:80"},
      {"HTTP://other", "/", "other"},
      {"https://[::1]:3000?x", "/?x", "[::1]:3000"},
  }));
  CAPTURE(target);
  const auto message = ParseRequest("GET " + target + " HTTP/1.1\r\nHost: d\r\n");
  REQUIRE(message);
  CHECK(message->head.target == path);
  CHECK(message->head.headers.Joined("Host") == host);
}

TEST_CASE("HttpParser: refused absolute targets", "[http]") {
  const auto target = GENERATE(as<std::string>(), "ftp://h/", "http:///x", "http://user@h/", "http://h\\x/", "d://x");
  CAPTURE(target);
  CHECK(StatusOf("GET " + target + " HTTP/1.1\r\nHost: d\r\n") == 400);
}

TEST_CASE("HttpParser: Host", "[http]") {
  CHECK(StatusOf("GET / HTTP/1.1\r\n") == 400);
  CHECK(StatusOf("GET / HTTP/1.0\r\n") == 200);
  CHECK(StatusOf("GET / HTTP/1.1\r\nHost:\r\n") == 200);
  CHECK(StatusOf("GET / HTTP/1.1\r\nHost: %2Fvar%2Frun%2Fdocker.sock\r\n") == 200);
  CHECK(StatusOf("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n") == 400);
  CHECK(StatusOf("GET / HTTP/1.1\r\nHost: a b\r\n") == 400);
  CHECK(StatusOf("GET / HTTP/1.1\r\nHost: a,b\r\n") == 400);
  CHECK(StatusOf("GET / HTTP/1.1\r\nHost: a/b\r\n") == 400);
  CHECK(StatusOf("GET / HTTP/1.1\r\nHost: u@a\r\n") == 400);
}

TEST_CASE("HttpParser: request smuggling table", "[http]") {
  const auto [lines, status] = GENERATE(table<std::string, int>({
      // lengths
      {"Content-Length: 5\r\nContent-Length: 6\r\n", 400},
      {"Content-Length: 5\r\nContent-Length: 5\r\n", 400},
      {"Content-Length: 5, 5\r\n", 400},
      {"Content-Length: +5\r\n", 400},
      {"Content-Length: -1\r\n", 400},
      {"Content-Length: 0x5\r\n", 400},
      {"Content-Length: 5 5\r\n", 400},
      {"Content-Length: 5;\r\n", 400},
      {"Content-Length:\r\n", 400},
      {"Content-Length: 9999999999999999999\r\n", 400},
      {"Content-Length: 18446744073709551617\r\n", 400},
      {"Content-Length : 5\r\n", 400},
      {"Content-Length\t: 5\r\n", 400},
      {"Content-Length: \t5\t \r\n", 200},
      {"Content-Length: 007\r\n", 200},
      // codings
      {"Transfer-Encoding: chunked\r\n", 200},
      {"Transfer-Encoding: Chunked\r\n", 200},
      {"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 400},
      {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400},
      {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400},
      {"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", 400},
      {"Transfer-Encoding: gzip, chunked\r\n", 501},
      {"Transfer-Encoding: chunked, chunked\r\n", 501},
      {"Transfer-Encoding: identity\r\n", 501},
      {"Transfer-Encoding: xchunked\r\n", 501},
      {"Transfer-Encoding: \"chunked\"\r\n", 501},
      {"Transfer-Encoding: \x0b"
       "chunked\r\n",
       400},
      {"Transfer-Encoding : chunked\r\n", 400},
      {"Transfer_Encoding: chunked\r\nContent-Length: 5\r\n", 200},
      // lines
      {": x\r\n", 400},
      {"no colon\r\n", 400},
      {"A B: x\r\n", 400},
      {"A\xff: x\r\n", 400},
      {"A: \xff\r\n", 200},
      {"A: \x01\r\n", 400},
      {"A: \x7f\r\n", 400},
  }));
  CAPTURE(lines);
  CHECK(StatusOf(With(lines)) == status);
}

TEST_CASE("HttpParser: HTTP/1.0 has no transfer codings", "[http]") {
  CHECK(StatusOf("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n") == 400);
  CHECK(StatusOf("POST / HTTP/1.0\r\nContent-Length: 5\r\n") == 200);
}

TEST_CASE("HttpParser: bounds the number of fields", "[http]") {
  std::string lines;
  for (size_t i = 1; i < kMaxHttpFields; ++i) lines += "A: b\r\n";
  CHECK(StatusOf(With(lines)) == 200);
  CHECK(StatusOf(With(lines + "A: b\r\n")) == 431);
}

TEST_CASE("HttpParser: status lines", "[http]") {
  const auto [line, status, reason] = GENERATE(table<std::string, int, std::string>({
      {"HTTP/1.1 200 OK", 200, "OK"},
      {"HTTP/1.0 404 Not Found", 404, "Not Found"},
      {"HTTP/1.1 101 UPGRADED", 101, "UPGRADED"},
      {"HTTP/1.1 204 ", 204, ""},
      {"HTTP/1.1 204", 204, ""},
      {"HTTP/1.1 99 X", 0, ""},
      {"HTTP/1.1 600 X", 0, ""},
      {"HTTP/1.1 -12 X", 0, ""},
      {"HTTP/1.1 2000 X", 0, ""},
      {"HTTP/1.1  200 X", 0, ""},
      {"HTTP/1.1 20", 0, ""},
      {"HTTP/1.1", 0, ""},
      {"HTTP/2 200", 0, ""},
      {"ICY 200 OK", 0, ""},
      {"HTTP/1.1 200 O\x01K", 0, ""},
  }));
  CAPTURE(line);
  const auto message = ParseResponse(line + "\r\nA: b\r\n");
  CHECK((message ? message->head.status : 0) == status);
  if (message) CHECK(message->head.reason == reason);
}
