// SPDX-License-Identifier: Apache-2.0
#include "proxy/DockerCall.hxx"

#include <catch2/catch.hpp>
#include <string>
#include <tuple>
#include <vector>

#include "tests/proxy/DockerFixture.hxx"

using namespace lookout;

namespace {

/** Runs one call to its end. */
DockerCall::Outcome Call(DockerFixture &fixture, Request request, size_t max_body) {
  std::optional<DockerCall::Outcome> outcome;
  DockerCall call(fixture.loop, fixture.transport, std::move(request), max_body,
                  [&outcome](DockerCall::Outcome done) { outcome = std::move(done); });
  CHECK_FALSE(outcome.has_value());
  REQUIRE(RunUntil(fixture.loop, [&] { return outcome.has_value(); }));
  return std::move(*outcome);
}

}  // namespace

TEST_CASE("DockerCall: collects the whole answer", "[proxy]") {
  DockerFixture fixture(
      [](auto &connection, const auto &) { connection.Send(HttpReply(201, R"({"Id":"e1"})", "X-A: 1\r\n")); });
  const auto outcome = Call(fixture, MakeAgentRequest("POST", "/containers/a/exec", "{}"), 1024);
  REQUIRE(outcome.reply.has_value());
  CHECK_FALSE(outcome.failure.has_value());
  CHECK(outcome.reply->status == 201);
  CHECK(outcome.reply->body == R"({"Id":"e1"})");
  CHECK(*outcome.reply->headers.Find("x-a") == "1");
}

TEST_CASE("DockerCall: an answer at the limit is taken, one byte more is refused", "[proxy]") {
  DockerFixture fixture(
      [](auto &connection, const auto &) { connection.Send(HttpReply(200, std::string(1000, 'x'))); });
  CHECK(Call(fixture, MakeAgentRequest("GET", "/a"), 1000).reply->body.size() == 1000);
  const auto outcome = Call(fixture, MakeAgentRequest("GET", "/containers/json?all=1"), 999);
  CHECK_FALSE(outcome.reply.has_value());
  REQUIRE(outcome.failure.has_value());
  CHECK(outcome.failure->kind == Failure::Kind::TooLarge);
  CHECK(outcome.failure->message == "the answer to GET /containers/json is larger than 999 bytes");
}

TEST_CASE("DockerCall: a failure of the transport is the outcome", "[proxy]") {
  DockerFixture fixture([](auto &connection, const auto &) { connection.Cut(); });
  const auto outcome = Call(fixture, MakeAgentRequest("GET", "/info"), 1000);
  CHECK_FALSE(outcome.reply.has_value());
  REQUIRE(outcome.failure.has_value());
  CHECK(outcome.failure->kind == Failure::Kind::Broken);
}

TEST_CASE("DockerCall: the callback may destroy the call", "[proxy]") {
  DockerFixture fixture([](auto &connection, const auto &) { connection.Send(HttpReply(200, "x")); });
  std::unique_ptr<DockerCall> call;
  bool done = false;
  call = std::make_unique<DockerCall>(fixture.loop, fixture.transport, MakeAgentRequest("GET", "/"), 10,
                                      [&](const DockerCall::Outcome &) {
                                        call.reset();
                                        done = true;
                                      });
  CHECK(RunUntil(fixture.loop, [&] { return done; }));
}

TEST_CASE("DockerCall: a destroyed call is silent and closes its connection", "[proxy]") {
  DockerFixture fixture([](auto &, const auto &) {});
  bool called = false;
  auto call = std::make_unique<DockerCall>(fixture.loop, fixture.transport, MakeAgentRequest("GET", "/"), 10,
                                           [&](const DockerCall::Outcome &) { called = true; });
  REQUIRE(RunUntil(fixture.loop, [&] { return fixture.server->Accepted() == 1; }));
  RunFor(fixture.loop, std::chrono::milliseconds(20));
  call.reset();
  CHECK(RunUntil(fixture.loop, [&] { return fixture.server->Open() == 0; }));
  CHECK_FALSE(called);
}

TEST_CASE("DockerCall: finds the text of an error body", "[proxy]") {
  const auto [body, text] = GENERATE(table<std::string, std::string>({
      {R"({"message":"exec denied: no commands are allowlisted"})", "exec denied: no commands are allowlisted"},
      {"  no such container\n", "no such container"},
      {"", ""},
      {" \r\n ", ""},
      {R"({"message":""})", R"({"message":""})"},
      {R"({"message":"request denied by sockguard policy","method":"POST","path":"/containers/create",)"
       R"("reason":"not allowed by portwing preset"})",
       "request denied by sockguard policy: not allowed by portwing preset"},
      {R"({"reason":"only reason"})", "only reason"},
      {R"({"message":" same ","reason":"same"})", "same"},
      {R"({"message":7})", R"({"message":7})"},
      {R"(["message"])", R"(["message"])"},
      {"<html>", "<html>"},
  }));
  INFO(body);
  CHECK(ExtractDockerMessage(body) == text);
}

TEST_CASE("DockerCall: reads no more than 4 KiB of an error body", "[proxy]") {
  CHECK(ExtractDockerMessage(std::string(5000, 'x')) == std::string(4096, 'x'));
}

TEST_CASE("DockerCall: describes answers that are not a success", "[proxy]") {
  DockerReply reply{403, {}, R"({"message":"exec denied: no commands are allowlisted"})"};
  CHECK(DescribeDockerError("create exec", reply) ==
        "create exec: docker error (status 403): exec denied: no commands are allowlisted");
  CHECK(DescribeDockerError("resize exec", DockerReply{404, {}, ""}) == "resize exec: docker error (status 404)");
  CHECK(DescribeFailure("remove container", Failure{Failure::Kind::Broken, "gone"}) == "remove container: gone");
}

TEST_CASE("DockerCall: tells what can stand for a container", "[proxy]") {
  const std::vector<std::string> good = {"abc123", "my-container",       "my.container", "my_container", "a",
                                         "0",      std::string(128, 'a')};
  for (const auto &reference : good) {
    INFO(reference);
    CHECK(IsValidContainerRef(reference));
  }
  const std::vector<std::string> bad = {
      "", "-a", ".a", "_a", std::string(129, 'a'), "has/slash", "has space", "../evil", "a\n", "a?b", "\xc3\xa4"};
  for (const auto &reference : bad) {
    INFO(reference);
    CHECK_FALSE(IsValidContainerRef(reference));
  }
}
