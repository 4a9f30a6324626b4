// SPDX-License-Identifier: Apache-2.0
#include "tunnel/Rejection.hxx"

#include <algorithm>
#include <array>

namespace lookout {

namespace {

struct Entry {
  std::string_view code;
  RejectionKind kind;
  std::string_view advice;
};

constexpr std::string_view kRegisterKey =
    "register this agent's public key at the controller (print it with: lookout keygen --pub-from PRIVATE_KEY_FILE)";
constexpr std::string_view kReportBug = "the controller does not understand this agent: check both versions";

constexpr std::array kEntries = {
    Entry{"ed25519-required", RejectionKind::Persistent, kReportBug},
    Entry{"unknown-key", RejectionKind::Persistent, kRegisterKey},
    Entry{"bad-signature", RejectionKind::Persistent,
          "the controller holds another public key under this key id: register the key again"},
    Entry{"protocol-mismatch", RejectionKind::Persistent, "set PROTOCOL to one that this controller speaks"},
    Entry{"no-auth", RejectionKind::Persistent, kReportBug},
    Entry{"invalid-agent-name", RejectionKind::Persistent, "set AGENT_NAME to at most 256 characters"},
    Entry{"parse-error", RejectionKind::Persistent, "check AGENT_ID: 1 to 64 of A-Z a-z 0-9 _ -"},
    Entry{"expected-hello", RejectionKind::Persistent, kReportBug},
    Entry{"agent-name-claimed", RejectionKind::Persistent,
          "another key owns this AGENT_NAME at the controller: choose another name, or revoke that key there"},
    Entry{"timestamp-skew", RejectionKind::ClockSkew, "set this host's clock (NTP): it differs by over a minute"},
    Entry{
        "agent-already-connected", RejectionKind::Passing,
        "an agent with this AGENT_NAME is connected; if that is not this host's old connection, give it another name"},
    Entry{"bad-nonce", RejectionKind::Passing, ""},
    Entry{"replay", RejectionKind::Passing, ""},
    Entry{"internal-error", RejectionKind::Passing, "look at the controller's log"},
    Entry{"rate-limited", RejectionKind::Passing, ""},
    Entry{"registry-full", RejectionKind::Passing, "the controller knows too many agents: remove unused ones there"},
};

const Entry *FindEntry(std::string_view code) {
  const auto found =
      std::find_if(kEntries.begin(), kEntries.end(), [code](const Entry &entry) { return entry.code == code; });
  return found == kEntries.end() ? nullptr : found;
}

}  // namespace

RejectionKind ClassifyRejection(std::string_view code) {
  const Entry *const entry = FindEntry(code);
  return entry != nullptr ? entry->kind : RejectionKind::Unknown;
}

std::string_view RejectionAdvice(std::string_view code) {
  const Entry *const entry = FindEntry(code);
  return entry != nullptr ? entry->advice : "";
}

}  // namespace lookout
