// SPDX-License-Identifier: Apache-2.0
// What the gate must wait for before it knows: bodies and token hashes; and what it makes of a browser.
#include "proxy/GateCheck.hxx"

#include <catch2/catch.hpp>

#include "auth/Argon2.hxx"
#include "tests/proxy/GateFixture.hxx"
#include "tests/support/PushBody.hxx"

using namespace lookout;
using Lines = std::vector<std::string>;
using std::chrono::seconds;

namespace {

const HeaderList kRight = {{"Authorization", "Bearer right"}};
const HeaderList kWrong = {{"Authorization", "Bearer wrong"}};

}  // namespace

TEST_CASE("GateCheck: a signed body is held until it is verified", "[gate]") {
  GateFixture f;
  const auto push = std::make_shared<PushBodyState>();
  auto request = f.MakeRequest(f.Sign("POST", "/build", "hello world"), "POST", "/build");
  request.body = std::make_unique<PushBody>(push, std::nullopt);
  RecordingSink sink;
  f.inside.on_body = [](ScriptedHandler::Call &call) { call.Answer(200, call.body); };
  const auto exchange = f.gate.Handle(std::move(request), sink);
  f.Run();
  push->Push("hello ");
  f.Run();
  CHECK(f.inside.calls.empty());
  int expected = 200;
  SECTION("as it was signed") {
    push->Push("world");
  }
  SECTION("another") {
    push->Push("World");
    expected = 401;
  }
  push->Finish();
  REQUIRE(RunUntil(f.loop, [&] { return sink.IsDone(); }));
  CHECK(sink.head->status == expected);
  if (expected == 401) {
    CHECK(f.inside.calls.empty());
    CHECK(f.Field(sink, "X-Portwing-Reason") == "invalid-signature");
    return;
  }
  CHECK(sink.body == "hello world");
  CHECK(f.inside.calls.at(0)->request.body->Length() == 11);
}

TEST_CASE("GateCheck: a signed request without a body stays without", "[gate]") {
  GateFixture f;
  CHECK(f.StatusOf(f.MakeRequest(f.Sign("POST", "/containers/a/start"), "POST", "/containers/a/start")) == 200);
  CHECK(f.inside.calls.at(0)->request.body == nullptr);
}

TEST_CASE("GateCheck: nothing is read of a body whose head is refused", "[gate]") {
  GateFixture f;
  const auto push = std::make_shared<PushBodyState>();
  push->Push("hello");
  HeaderList headers = kWrong;
  SECTION("token") {}
  SECTION("signature") {
    headers = f.Sign("POST", "/build", "hello", "X-Portwing-", 3600);
  }
  auto request = f.MakeRequest(headers, "POST", "/build");
  request.body = std::make_unique<PushBody>(push, 5);
  const int status = f.StatusOf(std::move(request));
  CHECK(status == 401);
  CHECK(push->taken == 0);
}

TEST_CASE("GateCheck: a body that cannot be held", "[gate]") {
  GateFixture f;
  const auto push = std::make_shared<PushBodyState>();
  const bool too_large = GENERATE(true, false);
  auto request = f.MakeRequest(f.Sign("POST", "/build", "hello"), "POST", "/build");
  request.body = std::make_unique<PushBody>(push, too_large ? uint64_t{65} << 20 : 5);
  RecordingSink sink;
  const auto exchange = f.gate.Handle(std::move(request), sink);
  f.Run();
  if (!too_large) f.clock.Advance(seconds(10));
  REQUIRE(RunUntil(f.loop, [&] { return sink.IsDone(); }));
  CHECK(sink.head->status == (too_large ? 413 : 408));
  CHECK(sink.body == (too_large ? "request body too large\n" : "request body read timed out\n"));
  // Neither is an attempt to guess.
  CHECK_FALSE(f.gate.Failures().Wait(*IpAddress::Parse("192.0.2.1")));
  CHECK(f.observer.refusals.size() == 1);
}

TEST_CASE("GateCheck: a client that goes away meanwhile", "[gate]") {
  GateFixture f;
  const auto push = std::make_shared<PushBodyState>();
  auto request = f.MakeRequest(f.Sign("POST", "/build", "hello"), "POST", "/build");
  request.body = std::make_unique<PushBody>(push, 5);
  RecordingSink sink;
  auto exchange = f.gate.Handle(std::move(request), sink);
  f.Run();
  exchange.reset();
  CHECK(push->on_ready == nullptr);
  f.clock.Advance(seconds(60));
  f.Run();
  CHECK_FALSE(sink.IsDone());
}

TEST_CASE("GateCheck: token hashes are verified off the loop", "[gate]") {
  GateFixture f;
  GateCredentials credentials;
  credentials.token_hash = MakeTokenHash("right");
  f.gate.SetCredentials(credentials);
  RecordingSink right;
  RecordingSink wrong;
  const auto first = f.gate.Handle(f.MakeRequest(kRight), right);
  const auto second = f.gate.Handle(f.MakeRequest(kWrong), wrong);
  f.inside.on_call = [](ScriptedHandler::Call &call) { call.Answer(200, "inside"); };
  REQUIRE(RunUntil(f.loop, [&] { return right.IsDone() && wrong.IsDone(); }));
  CHECK(right.head->status == 200);
  CHECK(wrong.head->status == 401);
  CHECK(f.inside.calls.at(0)->request.origin.auth_method == "token-hash");
  CHECK(f.observer.refusals == Lines{"401 bad_token 192.0.2.1"});
  CHECK(f.StatusOf(kRight) == 200);

  // Others may be asked for from now on; what is under way is judged by what it began with.
  f.SetToken("new");
  CHECK(f.StatusOf(kRight) == 401);
}

TEST_CASE("GateCheck: a client that goes away while its token is verified", "[gate]") {
  GateFixture f;
  GateCredentials credentials;
  credentials.token_hash = MakeTokenHash("right");
  f.gate.SetCredentials(credentials);
  RecordingSink sink;
  f.gate.Handle(f.MakeRequest(kWrong), sink).reset();
  // Whoever guesses and leaves is counted all the same.
  const auto client = *IpAddress::Parse("192.0.2.1");
  for (int i = 0; i < 9; ++i) f.gate.Failures().RecordFailure(client);
  REQUIRE(RunUntil(f.loop, [&] { return f.gate.Failures().Wait(client).has_value(); }));
  CHECK_FALSE(sink.IsDone());
  CHECK(f.observer.refusals.empty());
}

TEST_CASE("GateCheck: what is being verified is judged by the credentials it began with", "[gate]") {
  GateFixture f;
  GateCredentials credentials;
  credentials.token_hash = MakeTokenHash("right");
  f.gate.SetCredentials(credentials);
  RecordingSink sink;
  f.inside.on_call = [](ScriptedHandler::Call &call) { call.Answer(200, "inside"); };
  const auto exchange = f.gate.Handle(f.MakeRequest(kRight), sink);
  // Nothing but the request under way holds on to them now.
  f.SetToken("new");
  REQUIRE(RunUntil(f.loop, [&] { return sink.IsDone(); }));
  CHECK(sink.head->status == 200);
  CHECK(f.StatusOf(kRight) == 401);
}

TEST_CASE("GateCheck: a page of another site has no use of what a browser shows by itself", "[gate]") {
  GateFixture f;
  const auto [origin, is_own] = GENERATE(table<std::string, bool>({
      {"https://agent.example:3000", true},
      {"http://localhost:8080", true},
      {"https://evil.example", false},
      {"null", false},
  }));
  CAPTURE(origin);
  const HeaderList headers = {{"Host", "agent.example:3000"}, {"Origin", origin}};
  auto request = f.MakeRequest(headers, "POST", "/containers/a/stop");
  request.origin.certificate_subject = "CN=client";
  const int status = f.StatusOf(std::move(request));
  CHECK(status == (is_own ? 200 : 403));
  if (!is_own) {
    CHECK(f.observer.refusals == Lines{"403 other_site 192.0.2.1"});
    CHECK_FALSE(f.gate.Failures().Wait(*IpAddress::Parse("192.0.2.1")));
  }
  // Nobody else's page can know a token.
  auto with_token = headers;
  with_token.Add("Authorization", "Bearer right");
  CHECK(f.StatusOf(with_token) == 200);

  GateCredentials credentials;
  credentials.is_open = true;
  f.gate.SetCredentials(credentials);
  CHECK(f.StatusOf(headers) == (is_own ? 200 : 403));
}

TEST_CASE("GateCheck: where nothing is to be proved, a name that leads here from elsewhere is refused", "[gate]") {
  GateFixture f;
  GateCredentials credentials;
  credentials.is_open = true;
  credentials.own_names = OwnNames({"rack4"});
  f.gate.SetCredentials(credentials);
  CHECK(f.StatusOf(HeaderList{{"Host", "rack4:3000"}}) == 200);
  CHECK(f.observer.refusals.empty());
  CHECK(f.StatusOf(HeaderList{{"Host", "evil.example:3000"}, {"Origin", "http://evil.example:3000"}}) == 403);
  CHECK(f.observer.refusals == Lines{"403 foreign_name 192.0.2.1"});
  // Who proves himself may call this host as he likes.
  credentials.is_open = false;
  credentials.token = Secret("right");
  f.gate.SetCredentials(credentials);
  CHECK(f.StatusOf(HeaderList{{"Host", "evil.example:3000"}, {"Authorization", "Bearer right"}}) == 200);
}
