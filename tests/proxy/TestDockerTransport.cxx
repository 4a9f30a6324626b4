// SPDX-License-Identifier: Apache-2.0
#include "proxy/DockerTransport.hxx"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/proxy/DockerFixture.hxx"

using namespace lookout;

TEST_CASE("DockerTransport: a request reaches the engine exactly as it was written", "[proxy]") {
  std::string seen;
  DockerFixture fixture([&seen](auto &connection, const std::string &head) {
    seen = head;
    connection.Send(HttpReply(200, "{}"));
  });
  auto request = MakeAgentRequest("GET", "/../%2F//x?y=%00&z=a+b");
  request.head.headers.Add("X-Registry-Auth", "abc");
  request.head.headers.Add("X-Empty", "");
  request.head.headers.Add("X-Twice", "1");
  request.head.headers.Add("X-Twice", "2");
  request.head.headers.Add("Connection", "close, X-Hop");
  request.head.headers.Add("X-Hop", "secret");
  request.head.headers.Add("Host", "evil");
  request.head.headers.Add("Content-Length", "7");
  request.head.headers.Add("Expect", "100-continue");
  const auto sink = fixture.Ask(std::move(request));
  CHECK(sink.violation.empty());
  CHECK(sink.ended);
  CHECK(seen ==
        "GET /../%2F//x?y=%00&z=a+b HTTP/1.1\r\nHost: localhost\r\nX-Registry-Auth: abc\r\nX-Empty:\r\n"
        "X-Twice: 1\r\nX-Twice: 2\r\n\r\n");
}

TEST_CASE("DockerTransport: a HEAD request has a head only", "[proxy]") {
  DockerFixture fixture(
      [](auto &connection, const auto &) { connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"); });
  const auto sink = fixture.Ask("HEAD", "/_ping");
  CHECK(sink.ended);
  CHECK(sink.body.empty());
  CHECK(*sink.head->headers.Find("content-length") == "1000");
}
