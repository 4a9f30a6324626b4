// SPDX-License-Identifier: Apache-2.0
#include "tests/devhub/Hello.hxx"

#include <algorithm>

#include "base/JsonValue.hxx"

namespace lookout::devhub {

namespace {

constexpr size_t kMaxAgentId = 64;
constexpr size_t kMaxAgentName = 256;
constexpr size_t kMaxSignature = 200;

bool IsAgentId(const std::string &id) {
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !id.empty() && id.size() <= kMaxAgentId && std::all_of(id.begin(), id.end(), allowed);
}

HelloResult<void> CheckAuthFields(const JsonValue &data) {
  const bool has_all = data["pubKeyId"].IsString() && data["timestamp"].AsInt().has_value() &&
                       data["nonce"].IsString() && data["signature"].IsString();
  if (has_all) return {};
  if (data["tokenHash"].IsString()) {
    return Reject("ed25519-required", "a token is not enough here; sign the hello with an Ed25519 key");
  }
  return Reject("no-auth", "pubKeyId, timestamp (a number), nonce and signature are required");
}

HelloResult<Hello> ReadFields(const JsonValue &data, const Dialect &dialect) {
  const JsonValue &name = data["agentName"];
  if (!name.IsNull() && (!name.IsString() || name.AsString().size() > kMaxAgentName)) {
    return Reject("invalid-agent-name", "agentName must be a string of at most 256 characters");
  }
  if (data["protocol"].AsString() != dialect.protocol) {
    return Reject("protocol-mismatch", "this path speaks " + std::string(dialect.protocol));
  }
  if (auto auth = CheckAuthFields(data); !auth) return tl::unexpected(auth.error());
  if (data["signature"].AsString().size() > kMaxSignature) return Reject("bad-signature", "signature too long");

  Hello hello;
  hello.agent_id = data["agentId"].AsString();
  hello.agent_name = name.AsString();
  hello.key_id = data["pubKeyId"].AsString();
  hello.timestamp = *data["timestamp"].AsInt();
  hello.nonce = data["nonce"].AsString();
  hello.signature = data["signature"].AsString();
  hello.raw = data.Raw();
  return hello;
}

}  // namespace

HelloResult<Hello> ParseHello(std::string_view message, const Dialect &dialect) {
  const auto envelope = ParseJson(message);
  if (!envelope) return Reject("parse-error", "not JSON: " + envelope.error().message);
  const JsonValue &data = (*envelope)["data"];
  if (!envelope->IsObject() || !data.IsObject()) return Reject("parse-error", "data is missing");
  if ((*envelope)["type"].AsString() != "hello") return Reject("expected-hello", "the first frame must be hello");
  if (!IsAgentId(data["agentId"].AsString())) {
    return Reject("parse-error", "agentId must be 1 to 64 of A-Z a-z 0-9 _ -");
  }
  return ReadFields(data, dialect);
}

}  // namespace lookout::devhub
