// SPDX-License-Identifier: Apache-2.0
#include "proxy/OwnNames.hxx"

#include <catch2/catch.hpp>

using namespace lookout;

TEST_CASE("OwnNames: addresses, localhost and its own names, with or without a port", "[gate]") {
  const OwnNames names({"Rack4", "", "rack4.example.com"});
  const auto [host, is_own] = GENERATE(table<std::string, bool>({
      {"localhost", true},
      {"LocalHost:3000", true},
      {"agent.localhost:3000", true},
      {"127.0.0.1:3000", true},
      {"[::1]:3000", true},
      {"192.0.2.1", true},
      {"rack4:3000", true},
      {"RACK4.example.com", true},
      {"rack4.example.com.", false},
      {"evil.example", false},
      {"evil.example:3000", false},
      {"127.0.0.1.evil.example", false},
      {"localhost.evil.example", false},
      {"evillocalhost", false},
      {"", false},
      {":3000", false},
  }));
  CAPTURE(host);
  CHECK(names.IsOwn(host) == is_own);
}

TEST_CASE("OwnNames: a unix socket has no browser, and HTTP/1.0 no Host", "[gate]") {
  const OwnNames names({"rack4"});
  Request request;
  request.origin.peer_address = "127.0.0.1";
  CHECK(names.Accept(request));
  request.head.headers.Add("Host", "evil.example");
  CHECK_FALSE(names.Accept(request));
  CHECK(OwnNames().Accept(request));
  request.origin.peer_address = "";
  CHECK(names.Accept(request));
}
