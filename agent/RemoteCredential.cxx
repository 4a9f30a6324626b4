// SPDX-License-Identifier: Apache-2.0
#include "agent/RemoteCredential.hxx"

#include <stdexcept>
#include <string_view>

#include "auth/CredentialFile.hxx"
#include "auth/Dialect.hxx"
#include "auth/Nonce.hxx"
#include "auth/SignedTarget.hxx"
#include "auth/SignedText.hxx"

namespace lookout {

namespace {

std::string FieldName(std::string_view name) {
  return std::string(kPortwingDialect.header_prefix) + std::string(name);
}

}  // namespace

void RemoteCredential::UseKeyFile(const std::string &path) {
  auto key = LoadPrivateKey(path);
  if (!key) throw std::runtime_error("--key: " + key.error().message);
  key_ = std::move(*key);
}

void RemoteCredential::UseTokenFile(const std::string &path) {
  auto token = ReadTokenFile(path);
  if (!token) throw std::runtime_error("--token-file: " + token.error().message);
  if (token->IsEmpty()) throw std::runtime_error("--token-file: '" + path + "' is empty");
  if (!IsValidHeaderValue(token->Reveal())) {
    throw std::runtime_error("--token-file: '" + path + "' holds more than one line, or control characters");
  }
  token_ = std::move(*token);
}

bool RemoteCredential::AddTo(RequestHead &head, const Sha256Digest &body) const {
  head.headers.Remove("Authorization");
  if (!token_.IsEmpty()) head.headers.Add("Authorization", "Bearer " + std::string(token_.Reveal()));
  return !key_ || Sign(head, body);
}

bool RemoteCredential::Sign(RequestHead &head, const Sha256Digest &body) const {
  const auto target = MakeSignedTarget(SignatureVersion::Target, head.target);
  if (!target) return false;
  const auto now = clock_.UnixSeconds();
  const auto nonce = MakeNonce();
  const auto text = MakeSignedText(head.method, *target, body, now, nonce);
  head.headers.Set(FieldName("Key-ID"), key_->PublicKey().Id());
  head.headers.Set(FieldName("Timestamp"), std::to_string(now));
  head.headers.Set(FieldName("Nonce"), nonce);
  head.headers.Set(FieldName("Signature-Version"), "2");
  head.headers.Set(FieldName("Signature"), SignText(*key_, text));
  return true;
}

}  // namespace lookout
