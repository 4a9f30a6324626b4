// SPDX-License-Identifier: Apache-2.0
#include "proxy/InboundGate.hxx"

#include <catch2/catch.hpp>

#include "tests/proxy/GateFixture.hxx"
#include "tests/support/PushBody.hxx"

using namespace lookout;
using Lines = std::vector<std::string>;
using std::chrono::seconds;

namespace {

const HeaderList kRight = {{"Authorization", "Bearer right"}};
const HeaderList kWrong = {{"Authorization", "Bearer wrong"}};

}  // namespace

TEST_CASE("InboundGate: a token lets in, and the origin says so", "[gate]") {
  GateFixture f;
  const auto sink = f.Ask(f.MakeRequest(kRight));
  CHECK(sink.head->status == 200);
  CHECK(sink.body == "inside");
  const auto &origin = f.inside.calls.at(0)->request.origin;
  CHECK(origin.auth_method == "token");
  CHECK(origin.actor == "192.0.2.1");
  CHECK(origin.key_id.empty());
  CHECK(f.observer.refusals.empty());
}

TEST_CASE("InboundGate: a refusal has its form and is told of", "[gate]") {
  GateFixture f;
  const auto sink = f.Ask(f.MakeRequest(kWrong));
  CHECK(sink.head->status == 401);
  CHECK(sink.body == "unauthorized\n");
  CHECK(f.Field(sink, "Content-Type") == "text/plain; charset=utf-8");
  CHECK(f.Field(sink, "X-Content-Type-Options") == "nosniff");
  CHECK(f.Field(sink, "WWW-Authenticate") == "Bearer");
  CHECK(f.Field(sink, "Retry-After").empty());
  CHECK(f.observer.refusals == Lines{"401 bad_token 192.0.2.1"});
  CHECK(f.inside.calls.empty());
}

TEST_CASE("InboundGate: the kind of proof is chosen once, and a wrong one is not rescued", "[gate]") {
  GateFixture f;
  auto request = f.MakeRequest();
  int expected = 401;
  std::string method;
  SECTION("nothing") {}
  SECTION("a certificate") {
    request.origin.certificate_subject = "CN=client";
    method = "certificate";
  }
  SECTION("a wrong token beside a certificate") {
    request.origin.certificate_subject = "CN=client";
    request.head.headers = kWrong;
  }
  SECTION("a wrong signature beside a token") {
    request.head.headers = f.Sign("GET", "/other");
    request.head.headers.Add("X-Portwing-Token", "right");
  }
  SECTION("a signature beside a wrong token") {
    request.head.headers = f.Sign();
    request.head.headers.Add("Authorization", "Bearer wrong");
    method = "signature";
  }
  SECTION("an empty signature beside a token") {
    request.head.headers = {{"X-Portwing-Signature", ""}, {"X-Lookout-Token", "right"}};
    method = "token";
  }
  if (!method.empty()) expected = 200;
  const int status = f.StatusOf(std::move(request));
  CHECK(status == expected);
  if (!method.empty()) CHECK(f.inside.calls.at(0)->request.origin.auth_method == method);
}

TEST_CASE("InboundGate: certificates count only where they are asked for", "[gate]") {
  GateFixture f;
  GateCredentials credentials;
  credentials.token = Secret("right");
  f.gate.SetCredentials(credentials);
  auto request = f.MakeRequest();
  request.origin.certificate_subject = "CN=client";
  const int status = f.StatusOf(std::move(request));
  CHECK(status == 401);
}

TEST_CASE("InboundGate: without a token to know, tokens are no credentials", "[gate]") {
  GateFixture f;
  f.gate.SetCredentials({});
  CHECK(f.StatusOf(kRight) == 401);
  CHECK(f.StatusOf(HeaderList{}) == 401);
  CHECK(f.observer.refusals == Lines{"401 no_credentials 192.0.2.1", "401 no_credentials 192.0.2.1"});
  CHECK(f.StatusOf(f.Sign()) == 200);
}

TEST_CASE("InboundGate: open means open", "[gate]") {
  GateFixture f;
  GateCredentials credentials;
  credentials.is_open = true;
  f.gate.SetCredentials(credentials);
  CHECK(f.StatusOf(HeaderList{}) == 200);
  CHECK(f.StatusOf(kWrong) == 200);
  CHECK(f.inside.calls.at(0)->request.origin.auth_method == "none");
}

TEST_CASE("InboundGate: health needs no proof", "[gate]") {
  GateFixture f;
  const auto [target, status] = GENERATE(table<std::string, int>({
      {"/health", 200},
      {"/ready?x", 200},
      {"/_portwing/health", 200},
      {"/_lookout/health", 200},
      {"/_lookout/info", 401},
      {"/Health", 401},
      {"/%68ealth", 401},
      {"/health/../info", 401},
  }));
  CAPTURE(target);
  CHECK(f.StatusOf(f.MakeRequest({}, "GET", target)) == status);
}

TEST_CASE("InboundGate: signatures are verified, and tell their reason in their family", "[gate]") {
  GateFixture f;
  const auto prefix = GENERATE(as<std::string>(), "X-Portwing-", "X-Lookout-");
  auto headers = f.Sign("GET", "/info?a=b", "", prefix);
  CHECK(f.StatusOf(headers) == 200);
  CHECK(f.inside.calls.at(0)->request.origin.key_id == f.key.PublicKey().Id());

  auto sink = f.Ask(f.MakeRequest(headers));
  CHECK(sink.head->status == 401);
  CHECK(f.Field(sink, prefix + "Reason") == "replay");
  CHECK(f.Field(sink, "WWW-Authenticate") == "Bearer");
  sink = f.Ask(f.MakeRequest(f.Sign("GET", "/info?a=b", "", prefix, 61)));
  CHECK(f.Field(sink, prefix + "Reason") == "timestamp-skew");
  headers.Set(prefix + "Key-ID", std::string(16, '0'));
  sink = f.Ask(f.MakeRequest(headers));
  CHECK(f.Field(sink, prefix + "Reason") == "unknown-key");
  sink = f.Ask(f.MakeRequest(f.Sign("GET", "/info?a=c", "", prefix)));
  CHECK(f.Field(sink, prefix + "Reason") == "invalid-signature");
  CHECK(f.observer.refusals == Lines{"401 replay 192.0.2.1", "401 timestamp-skew 192.0.2.1",
                                     "401 unknown-key 192.0.2.1", "401 invalid-signature 192.0.2.1"});
}

TEST_CASE("InboundGate: a clock that is far off is told of, once it is certain whose it is", "[gate]") {
  GateFixture f;
  CHECK(f.StatusOf(f.Sign("GET", "/info?a=b", "", "X-Portwing-", 30)) == 200);
  CHECK(f.observer.offsets.empty());
  CHECK(f.StatusOf(f.Sign("GET", "/info?a=b", "", "X-Portwing-", -31)) == 200);
  CHECK(f.observer.offsets == std::vector<int64_t>{-31'000});
  CHECK(f.StatusOf(f.Sign("GET", "/other", "", "X-Portwing-", 40)) == 401);
  CHECK(f.observer.offsets.size() == 1);
}

TEST_CASE("InboundGate: when no nonce can be remembered, it is not the client's fault", "[gate]") {
  GateFixture f;
  for (int i = 0; i < 100; ++i) CHECK(f.StatusOf(f.Sign()) == 200);
  const auto sink = f.Ask(f.MakeRequest(f.Sign()));
  CHECK(sink.head->status == 503);
  CHECK(f.Field(sink, "Retry-After") == "1");
  f.clock.Advance(seconds(122));
  CHECK(f.StatusOf(f.Sign()) == 200);
}

TEST_CASE("InboundGate: ten failures lock out, but not what cannot be guessed", "[gate]") {
  GateFixture f;
  for (int i = 0; i < 10; ++i) CHECK(f.StatusOf(kWrong) == 401);
  f.clock.Advance(seconds(20));
  const auto sink = f.Ask(f.MakeRequest(kRight));
  CHECK(sink.head->status == 429);
  CHECK(sink.body == "too many failed attempts\n");
  CHECK(f.Field(sink, "Retry-After") == "40");
  CHECK(f.observer.refusals.back() == "429 locked_out 192.0.2.1");
  CHECK(f.StatusOf(HeaderList{}) == 429);
  CHECK(f.StatusOf(f.Sign("GET", "/info?a=b", "", "X-Portwing-", 3600)) == 429);

  CHECK(f.StatusOf(f.Sign()) == 200);
  auto request = f.MakeRequest();
  request.origin.certificate_subject = "CN=client";
  const int status = f.StatusOf(std::move(request));
  CHECK(status == 200);
  auto other = f.MakeRequest(kRight);
  other.origin.peer_address = "192.0.2.2";
  const int other_status = f.StatusOf(std::move(other));
  CHECK(other_status == 200);
  f.clock.Advance(seconds(40));
  CHECK(f.StatusOf(kRight) == 200);
}

TEST_CASE("InboundGate: the client is who trusted proxies say it is", "[gate]") {
  GateFixture f;
  const auto [peer, forwarded, actor] = GENERATE(table<std::string, std::string, std::string>({
      {"192.0.2.1", "203.0.113.7", "192.0.2.1"},
      {"10.0.0.1", "203.0.113.7", "203.0.113.7"},
      {"::ffff:10.0.0.1", "203.0.113.7", "203.0.113.7"},
      {"fe80::1%eth0", "", "fe80::1"},
      {"", "203.0.113.7", "unix socket"},
  }));
  auto request = f.MakeRequest(kRight);
  request.origin.actor = "unix socket";
  request.origin.peer_address = peer;
  if (!forwarded.empty()) request.head.headers.Add("X-Forwarded-For", forwarded);
  const int status = f.StatusOf(std::move(request));
  CHECK(status == 200);
  CHECK(f.inside.calls.at(0)->request.origin.actor == actor);
}

TEST_CASE("InboundGate: upgrades pass the same way, with what was sent too early", "[gate]") {
  GateFixture f;
  const auto push = std::make_shared<PushBodyState>();
  auto request = f.MakeRequest(f.Sign("POST", "/exec/a/start", "{}"), "POST", "/exec/a/start");
  request.body = std::make_unique<PushBody>(push, 2);
  RecordingDuplexSink sink;
  const auto duplex = f.gate.Open(std::move(request), sink);
  CHECK(duplex->Send("early") == Flow::Go);
  CHECK(duplex->Unsent() == 5);
  CHECK(duplex->Send(std::string(Duplex::kHighWater, 'x')) == Flow::Wait);
  duplex->CloseWrite();
  duplex->Resume();
  push->Push("{}");
  push->Finish();
  REQUIRE(RunUntil(f.loop, [&] { return !f.inside.calls.empty(); }));
  auto &call = *f.inside.calls[0];
  CHECK(call.duplex != nullptr);
  CHECK(call.sent == "early" + std::string(Duplex::kHighWater, 'x'));
  CHECK(call.write_closed);
  CHECK(duplex->Send("late") == Flow::Go);
  CHECK(call.sent.ends_with("late"));
  duplex->Resume();
  CHECK(call.resumed == 1);
}

TEST_CASE("InboundGate: an upgrade without proof is answered", "[gate]") {
  GateFixture f;
  RecordingDuplexSink sink;
  const auto duplex = f.gate.Open(f.MakeRequest(kWrong, "POST", "/exec/a/start"), sink);
  f.Run();
  REQUIRE(sink.IsDone());
  CHECK(sink.head->status == 401);
  CHECK(sink.body == "unauthorized\n");
  CHECK(sink.violation.empty());
}

TEST_CASE("InboundGate: open paths lead elsewhere", "[gate]") {
  GateFixture f;
  ScriptedHandler open(f.loop);
  open.on_call = [](ScriptedHandler::Call &call) { call.Answer(200, call.request.origin.actor); };
  f.gate.AddOpenPath("/enroll", open);
  CHECK(f.Ask(f.MakeRequest({}, "POST", "/enroll")).body == "192.0.2.1");
  CHECK(f.StatusOf(f.MakeRequest({}, "POST", "/enroll/")) == 401);
}
