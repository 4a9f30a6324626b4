// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "auth/Nonce.hxx"
#include "auth/SignedText.hxx"
#include "proxy/GateObserver.hxx"
#include "proxy/InboundGate.hxx"
#include "tests/support/FakeClock.hxx"
#include "tests/support/RecordingDuplexSink.hxx"
#include "tests/support/RecordingSink.hxx"
#include "tests/support/RunLoop.hxx"
#include "tests/support/ScriptedHandler.hxx"
#include "tests/support/TempDir.hxx"

namespace lookout {

/** Writes down what it is told. */
class RecordingObserver final : public GateObserver {
 public:
  void OnRefused(const Request &request, const GateRefusal &refusal) override {
    refusals.push_back(std::to_string(refusal.status) + " " + refusal.reason + " " + request.origin.actor);
  }
  void OnClockOffset(const Request &, std::chrono::milliseconds offset) override { offsets.push_back(offset.count()); }
  void OnEnrollment(const Request &request, const EnrollmentReport &report) override {
    enrollments.push_back(std::to_string(report.status) + " " + report.key_id + report.reason + " " +
                          request.origin.actor);
  }

  std::vector<std::string> refusals;
  std::vector<int64_t> offsets;
  std::vector<std::string> enrollments;
};

/** A gate that knows one token and one key, and what is behind it. */
struct GateFixture {
  GateFixture() { SetToken("right"); }

  void SetToken(std::string_view token) {
    GateCredentials credentials;
    credentials.token = Secret(token);
    credentials.takes_certificates = true;
    gate.SetCredentials(credentials);
  }

  static GateSettings Settings(const TempDir &directory) {
    GateSettings settings;
    settings.trusted_proxies = *TrustedProxies::Parse("10.0.0.0/8");
    settings.nonce_capacity = 100;
    settings.spool_directories = {directory.Path()};
    return settings;
  }

  static Request MakeRequest(HeaderList headers = {}, std::string_view method = "GET",
                             std::string_view target = "/info?a=b") {
    Request request;
    request.head.method = method;
    request.head.target = target;
    request.head.headers = std::move(headers);
    request.origin = Origin(Origin::Transport::Listener, "192.0.2.1:4711");
    request.origin.peer_address = "192.0.2.1";
    return request;
  }

  /** The fields of a signed request. */
  HeaderList Sign(std::string_view method, std::string_view target, std::string_view body = "",
                  std::string_view prefix = "X-Portwing-", int64_t seconds_off = 0) const {
    const int64_t now = clock.UnixSeconds() + seconds_off;
    const std::string nonce = MakeNonce();
    const std::string name(prefix);
    return {{name + "Key-ID", key.PublicKey().Id()},
            {name + "Timestamp", std::to_string(now)},
            {name + "Nonce", nonce},
            {name + "Signature", SignText(key, MakeSignedText(method, target, body, now, nonce))},
            {name + "Signature-Version", "2"}};
  }
  HeaderList Sign() const { return Sign("GET", "/info?a=b"); }

  void Run() {
    loop.Dispatch();
    loop.RunDeferred();
  }

  /** The status for a request that is answered 200 when it passes. */
  RecordingSink Ask(Request request) {
    RecordingSink sink;
    inside.on_call = [](ScriptedHandler::Call &call) { call.Answer(200, "inside"); };
    const auto exchange = gate.Handle(std::move(request), sink);
    CHECK_FALSE(sink.IsDone());
    Run();
    CHECK(sink.IsDone());
    CHECK(sink.violation.empty());
    return sink;
  }
  int StatusOf(Request request) { return Ask(std::move(request)).head->status; }
  int StatusOf(HeaderList headers) { return StatusOf(MakeRequest(std::move(headers))); }
  static std::string Field(const RecordingSink &sink, std::string_view name) {
    const auto *const value = sink.head->headers.Find(name);
    return value == nullptr ? "" : *value;
  }

  TempDir directory;
  FakeClock clock;
  EventLoop loop{clock};
  Ed25519PrivateKey key = Ed25519PrivateKey::Generate();
  KeyRing keys{directory.Write("keys", FormatAuthorizedKey(key.PublicKey(), "").value() + "\n")};
  ScriptedHandler inside{loop};
  RecordingObserver observer;
  InboundGate gate{loop, Settings(directory), keys, inside, observer};
};

}  // namespace lookout
