// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "auth/Dialect.hxx"

namespace lookout::devhub {

/** What an accepted hello said. */
struct Hello {
  std::string agent_id;
  std::string agent_name;  // "" when absent
  std::string key_id;
  int64_t timestamp = 0;
  std::string nonce;
  std::string signature;
  std::string raw;  // the whole data member
};

/** Why a connection is refused: goes out as an `error` frame, then as the reason of the close frame. */
struct Rejection {
  std::string code;
  std::string message;

  uint16_t CloseCode() const { return code == "internal-error" ? 1011 : 1008; }
};

template <typename T>
using HelloResult = tl::expected<T, Rejection>;

inline tl::unexpected<Rejection> Reject(std::string code, std::string message) {
  return tl::unexpected<Rejection>(Rejection{std::move(code), std::move(message)});
}

/**
 * Checks the form of a first frame, in the controller's order: parse-error, expected-hello, parse-error
 * (agentId), invalid-agent-name, protocol-mismatch, no-auth or ed25519-required, bad-signature (length).
 * Who signed and when is HelloVerifier's matter.
 */
HelloResult<Hello> ParseHello(std::string_view message, const Dialect &dialect);

}  // namespace lookout::devhub
