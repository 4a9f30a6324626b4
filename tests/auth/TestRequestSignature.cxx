// SPDX-License-Identifier: Apache-2.0
#include "auth/RequestSignature.hxx"

#include <catch2/catch.hpp>

#include "auth/SignedTarget.hxx"
#include "auth/SignedText.hxx"
#include "tests/auth/Vectors.hxx"
#include "tests/support/FakeClock.hxx"

using namespace lookout;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kOtherNonce = "00112233445566778899aabbccddeeff";
constexpr std::string_view kNoVerdict;

/** A request as it comes in, field by field. */
struct Signed {
  std::string method = "GET";
  std::string target = "/api/test";
  std::string body;
  std::string key_id = "453eb1222a9a1412";
  std::string timestamp = "1749600000";
  std::string nonce{kNonce};
  std::string signature;
  std::string version = "2";

  SignatureFields Fields() const { return {key_id, timestamp, nonce, signature, version}; }
};

/** Signs it as a client of version 2 would. */
Signed Sign(Signed request, int64_t unix_seconds = kUnixSeconds) {
  request.timestamp = std::to_string(unix_seconds);
  const auto target = MakeSignedTarget(SignatureVersion::Target, request.target).value_or("");
  const auto text = MakeSignedText(request.method, target, request.body, unix_seconds, request.nonce);
  request.signature = SignText(KeyOf(kSeed), text);
  return request;
}

std::string_view NameOf(SignatureFault fault) {
  if (fault == SignatureFault::GuardFull) return "guard-full";
  return fault == SignatureFault::Forgotten ? "forgotten" : ReasonOf(fault);
}

struct Fixture {
  FakeClock clock;
  ReplayGuard guard{clock, 60s, 10};
  RequestSignatureVerifier verifier{clock, 60s, guard};
  AuthorizedKeys keys = AuthorizedKeys::Parse(FormatAuthorizedKey(KeyOf(kSeed).PublicKey(), "").value());

  /** The reason for refusing it, "guard-full", "forgotten", or "" when it passed. */
  std::string_view Verify(const Signed &request) {
    const auto pending = verifier.CheckHead(keys, request.Fields(), request.method, request.target);
    if (!pending) return NameOf(pending.error());
    const auto verdict = verifier.CheckBody(keys, *pending, Sha256(request.body));
    if (verdict) return kNoVerdict;
    return NameOf(verdict.error());
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "RequestSignature: accepts the signatures of other implementations", "[auth]") {
  const std::string first(kNonce);
  const std::string second(kOtherNonce);
  const std::string id = "453eb1222a9a1412";
  const std::string time = "1749600000";
  const auto request = GENERATE_COPY(values<Signed>({
      {"GET", "/api/test", "", id, time, first,
       "Atw_vTkpqPi20r9JLxcgK04pEGbnH2VW6HPMPobDAMu9Jz_mZ_5NL6E5XxFqJPIunxBpLgUKH_YEQJDin0NeCg", "2"},
      {"GET", "/v1.44/containers/a%2Fb/logs?tail=10&stdout=1", R"({"follow":true})", id, time, second,
       "lLdbyO4Q-0ZyerD0hd6gyBT_66rlNhNlPsWtfBgHfz0TMum-LVrHwE_9L8Zk_aYRixj9WLsONgqIL22t57YFCw", "2"},
      {"GET", "/v1.44/images/json?all=1&filters=%7B%7D", "", id, time, second,
       "wUw2ubBPWpdVff7331eIzBlY0gH3ESp-T2T_sYqPDb0d7ugjpizcqiyKajoa5tFL3UDBaMNwXtZItrCJjnVYAA", "2"},
      {"POST", "/_portwing/compose", R"({"operation":"up","stackName":"myapp"})", id, time, first,
       "OmEzEiFKZuVpNG2ob5E2a9kwHQL6JuON8diEeWd380h7q2Z9oiYyqSX1dl1UP2kxT1Ok76Inn3NqZhZRrMPXAQ", "2"},
      {"GET", "/x?", "", id, time, first,
       "CWV9vxDbMYi3RkCMV30VWxywoqI_ta_a8fzqN-AlVSJUZ7NT0UWbdIJvFQwBMKp9PQ54bU52BFwAQowxefJsAA", "2"},
      {"GET", "/v1.44/containers/a%2Fb/json", "", id, time, first,
       "kkGp5Z9ovoPxpxTCl-lY5fXohE0ZEXbSFXX80vI67EYO79wX4rMptyssaesxeZiPuOQCvHL36BAubs-P9vmvAg", ""},
      // Without a query and an escape, both versions sign the same text.
      {"GET", "/api/test", "", id, time, first,
       "Atw_vTkpqPi20r9JLxcgK04pEGbnH2VW6HPMPobDAMu9Jz_mZ_5NL6E5XxFqJPIunxBpLgUKH_YEQJDin0NeCg", ""},
      // The number is signed, not how it was written.
      {"GET", "/api/test", "", id, "+001749600000", first,
       "Atw_vTkpqPi20r9JLxcgK04pEGbnH2VW6HPMPobDAMu9Jz_mZ_5NL6E5XxFqJPIunxBpLgUKH_YEQJDin0NeCg", "2"},
  }));
  INFO(request.target);
  CHECK(Verify(request) == kNoVerdict);
  CHECK(Verify(request) == "replay");
}

TEST_CASE_METHOD(Fixture, "RequestSignature: names the reason", "[auth]") {
  struct Row {
    std::string Signed::*field;
    std::string value;
    std::string_view reason;
  };
  const auto row = GENERATE(values<Row>({
      {&Signed::key_id, "", "invalid-signature"},
      {&Signed::timestamp, "", "invalid-signature"},
      {&Signed::nonce, "", "invalid-signature"},
      {&Signed::signature, "", "invalid-signature"},
      {&Signed::nonce, "short", "invalid-signature"},
      {&Signed::nonce, std::string(32, 'g'), "invalid-signature"},
      {&Signed::nonce, std::string(33, 'a'), "invalid-signature"},
      {&Signed::nonce, "A1B2C3D4E5F6A7B8C9D0E1F2A3B4C5D6", "invalid-signature"},
      {&Signed::key_id, "0000000000000000", "unknown-key"},
      {&Signed::key_id, "453EB1222A9A1412", "unknown-key"},
      {&Signed::key_id, "453eb1222a9a141", "unknown-key"},
      {&Signed::timestamp, "x", "timestamp-skew"},
      {&Signed::timestamp, "1749600000.0", "timestamp-skew"},
      {&Signed::timestamp, " 1749600000", "timestamp-skew"},
      {&Signed::timestamp, "+-1749600000", "timestamp-skew"},
      {&Signed::timestamp, "-1749600000", "timestamp-skew"},
      {&Signed::timestamp, "0", "timestamp-skew"},
      {&Signed::timestamp, "20000000000", "timestamp-skew"},
      {&Signed::timestamp, "9223372036854775807", "timestamp-skew"},
      {&Signed::timestamp, "9223372036854775808", "timestamp-skew"},
      {&Signed::timestamp, "-9223372036854775808", "timestamp-skew"},
      {&Signed::timestamp, "1749600001", "invalid-signature"},
      {&Signed::signature, "x", "invalid-signature"},
      {&Signed::signature, std::string(86, 'A'), "invalid-signature"},
      {&Signed::version, "1", "invalid-signature"},
      {&Signed::version, "3", "invalid-signature"},
      {&Signed::version, "02", "invalid-signature"},
      {&Signed::version, "2 ", "invalid-signature"},
      {&Signed::method, "POST", "invalid-signature"},
      {&Signed::method, "get", "invalid-signature"},
      {&Signed::target, "/api/tes", "invalid-signature"},
      {&Signed::target, "/api/test?", "invalid-signature"},
      {&Signed::target, "/api/test%zz", "invalid-signature"},
      {&Signed::body, " ", "invalid-signature"},
  }));
  auto request = Sign({});
  request.*row.field = row.value;
  INFO(row.value);
  CHECK(Verify(request) == row.reason);
  CHECK(Verify(Sign({})) == kNoVerdict);
}

TEST_CASE_METHOD(Fixture, "RequestSignature: of several faults the first in the order of checks is named", "[auth]") {
  auto request = Sign({});
  REQUIRE(Verify(request) == kNoVerdict);
  request.version = "3";
  request.signature = "x";
  CHECK(Verify(request) == "replay");
  request.timestamp = "0";
  CHECK(Verify(request) == "timestamp-skew");
  request.key_id = "0000000000000000";
  CHECK(Verify(request) == "unknown-key");
  request.nonce = "short";
  CHECK(Verify(request) == "invalid-signature");
}

TEST_CASE_METHOD(Fixture, "RequestSignature: the skew is exact in both directions", "[auth]") {
  const auto offset = GENERATE(table<int64_t, std::string_view>({
      {60, kNoVerdict},
      {-60, kNoVerdict},
      {61, "timestamp-skew"},
      {-61, "timestamp-skew"},
  }));
  CHECK(Verify(Sign({}, kUnixSeconds + std::get<0>(offset))) == std::get<1>(offset));
}

TEST_CASE_METHOD(Fixture, "RequestSignature: the parts of a second count", "[auth]") {
  clock.Advance(1ms);
  CHECK(Verify(Sign({}, kUnixSeconds - 60)) == "timestamp-skew");
  CHECK(Verify(Sign({}, kUnixSeconds + 60)) == kNoVerdict);
}

TEST_CASE_METHOD(Fixture, "RequestSignature: tells how far the client's clock is off", "[auth]") {
  const auto request = Sign({}, kUnixSeconds - 40);
  CHECK(verifier.CheckHead(keys, request.Fields(), "GET", "/api/test")->clock_offset == -40s);
}

TEST_CASE_METHOD(Fixture, "RequestSignature: any change to the query breaks it", "[auth]") {
  struct Row {
    std::string is_signed;
    std::string sent;
  };
  const auto row = GENERATE(values<Row>({
      {"/v1.44/containers/a", "/v1.44/containers/a?force=1"},
      {"/v1.44/containers/a?force=1", "/v1.44/containers/a"},
      {"/v1.44/containers/a?force=0", "/v1.44/containers/a?force=1"},
      {"/v1.44/containers/a?a=1&b=2", "/v1.44/containers/a?b=2&a=1"},
      {"/v1.44/containers/a%2Fb", "/v1.44/containers/a%2fb"},
      {"/v1.44/containers/a%2Fb", "/v1.44/containers/a/b"},
  }));
  auto request = Sign({.target = row.is_signed});
  request.target = row.sent;
  CHECK(Verify(request) == "invalid-signature");
}

TEST_CASE_METHOD(Fixture, "RequestSignature: one of version 2 with a query does not fit a path of version 1",
                 "[auth]") {
  auto request = Sign({.target = "/containers/a?force=1"});
  request.target = "/containers/a%3Fforce=1";
  request.version = "";
  CHECK(Verify(request) == "invalid-signature");
}

TEST_CASE_METHOD(Fixture, "RequestSignature: no bit of a signed request can be changed", "[auth]") {
  const auto original = Sign({"POST", "/v1.44/containers/create?name=web", R"({"Image":"nginx"})"});
  for (auto field : {&Signed::method, &Signed::target, &Signed::body, &Signed::key_id, &Signed::timestamp,
                     &Signed::nonce, &Signed::signature, &Signed::version}) {
    for (size_t at = 0; at < (original.*field).size(); ++at) {
      for (int bit = 0; bit < 8; ++bit) {
        auto request = original;
        char &byte = (request.*field)[at];
        byte = static_cast<char>(byte ^ 1 << bit);
        INFO((request.*field) << " at " << at);
        REQUIRE(Verify(request) != kNoVerdict);
      }
    }
  }
  CHECK(Verify(original) == kNoVerdict);
}

TEST_CASE_METHOD(Fixture, "RequestSignature: the order of the heads does not decide, one of two gets through",
                 "[auth]") {
  const auto request = Sign({});
  const auto first = verifier.CheckHead(keys, request.Fields(), "GET", "/api/test");
  const auto second = verifier.CheckHead(keys, request.Fields(), "GET", "/api/test");
  REQUIRE((first && second));
  CHECK(verifier.CheckBody(keys, *second, Sha256("")));
  CHECK(verifier.CheckBody(keys, *first, Sha256("")).error() == SignatureFault::Replay);
}

TEST_CASE_METHOD(Fixture, "RequestSignature: a key that was removed before the body came does not count", "[auth]") {
  const auto request = Sign({});
  const auto pending = verifier.CheckHead(keys, request.Fields(), "GET", "/api/test");
  CHECK(verifier.CheckBody({}, *pending, Sha256("")).error() == SignatureFault::UnknownKey);
}

TEST_CASE_METHOD(Fixture, "RequestSignature: a wrong signature does not use up the nonce", "[auth]") {
  auto forged = Sign({});
  forged.body = "x";
  CHECK(Verify(forged) == "invalid-signature");
  CHECK(guard.Size() == 0);
  CHECK(Verify(Sign({})) == kNoVerdict);
}

TEST_CASE_METHOD(Fixture, "RequestSignature: when no more nonces can be remembered, none is accepted", "[auth]") {
  for (int i = 0; i < 10; ++i) {
    REQUIRE(Verify(Sign({.nonce = std::string(31, 'a') + std::to_string(i)})) == kNoVerdict);
  }
  CHECK(Verify(Sign({})) == "guard-full");
  CHECK(ReasonOf(SignatureFault::GuardFull).empty());
}

TEST_CASE_METHOD(Fixture, "RequestSignature: cannot be replayed for as long as its time is good", "[auth]") {
  const auto request = Sign({}, kUnixSeconds + 60);
  REQUIRE(Verify(request) == kNoVerdict);
  for (int second = 0; second < 120; ++second) {
    clock.Advance(1s);
    REQUIRE(Verify(request) == "replay");
  }
  clock.Advance(1s);
  CHECK(Verify(request) == "timestamp-skew");
}

TEST_CASE_METHOD(Fixture, "RequestSignature: a clock that is set back opens nothing again", "[auth]") {
  const auto request = Sign({});
  REQUIRE(Verify(request) == kNoVerdict);
  clock.Advance(3600s);
  clock.SetUnixSeconds(kUnixSeconds + 5);
  CHECK(Verify(request) == "forgotten");
  CHECK(Verify(Sign({.nonce = std::string(kOtherNonce)}, kUnixSeconds - 1)) == "forgotten");
  CHECK(Verify(Sign({.nonce = std::string(kOtherNonce)}, kUnixSeconds + 1)) == kNoVerdict);
}

TEST_CASE_METHOD(Fixture, "RequestSignature: a slow body opens nothing either", "[auth]") {
  const auto request = Sign({});
  const auto slow = verifier.CheckHead(keys, request.Fields(), "GET", "/api/test");
  REQUIRE(slow);
  REQUIRE(Verify(request) == kNoVerdict);
  clock.Advance(600s);
  CHECK(verifier.CheckBody(keys, *slow, Sha256("")).error() == SignatureFault::Forgotten);
}
