// SPDX-License-Identifier: Apache-2.0
#include "tunnel/Rejection.hxx"

#include <catch2/catch.hpp>
#include <string>

using namespace lookout;

TEST_CASE("Rejection: every code has its class", "[rejection]") {
  for (const auto code : {"ed25519-required", "unknown-key", "bad-signature", "protocol-mismatch", "no-auth",
                          "invalid-agent-name", "parse-error", "expected-hello", "agent-name-claimed"}) {
    INFO(code);
    CHECK(ClassifyRejection(code) == RejectionKind::Persistent);
    // Somebody has to do something, so they are told what.
    CHECK_FALSE(RejectionAdvice(code).empty());
  }
  CHECK(ClassifyRejection("timestamp-skew") == RejectionKind::ClockSkew);
  for (const auto code :
       {"bad-nonce", "replay", "internal-error", "rate-limited", "registry-full", "agent-already-connected"}) {
    INFO(code);
    CHECK(ClassifyRejection(code) == RejectionKind::Passing);
  }
  for (const auto code : {"", "unknown-key ", "UNKNOWN-KEY", "a-code-from-the-future"}) {
    INFO(code);
    CHECK(ClassifyRejection(code) == RejectionKind::Unknown);
    CHECK(RejectionAdvice(code).empty());
  }
}
