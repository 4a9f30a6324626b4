// SPDX-License-Identifier: Apache-2.0
#include "auth/SignedText.hxx"

#include <fmt/format.h>

#include "auth/Encoding.hxx"
#include "auth/Nonce.hxx"
#include "base/Strings.hxx"

namespace lookout {

std::string MakeSignedText(std::string_view method, std::string_view target, std::string_view body,
                           int64_t unix_seconds, std::string_view nonce) {
  return MakeSignedText(method, target, Sha256(body), unix_seconds, nonce);
}

std::string MakeSignedText(std::string_view method, std::string_view target, const Sha256Digest &body,
                           int64_t unix_seconds, std::string_view nonce) {
  return fmt::format("{}\n{}\n{}\n{}\n{}", method, target, ToHex(ViewOf(body)), unix_seconds, nonce);
}

std::string SignText(const Ed25519PrivateKey &key, std::string_view text) {
  return EncodeKey(key.Sign(text), KeyEncoding::Url);
}

bool VerifyText(const Ed25519PublicKey &key, std::string_view text, std::string_view signature) {
  const auto bytes = DecodeKey(signature, KeyEncoding::Url, Ed25519PublicKey::kSignatureSize);
  return bytes && key.Verify(text, *bytes);
}

HelloSignature SignHello(const Ed25519PrivateKey &key, const Dialect &dialect, int64_t unix_seconds) {
  HelloSignature hello{key.PublicKey().Id(), unix_seconds, MakeNonce(), {}};
  hello.signature = SignText(key, MakeSignedText("GET", dialect.socket_path, "", unix_seconds, hello.nonce));
  return hello;
}

bool VerifyHello(const Ed25519PublicKey &key, const Dialect &dialect, const HelloSignature &hello) {
  const auto text = MakeSignedText("GET", dialect.socket_path, "", hello.unix_seconds, hello.nonce);
  return hello.key_id == key.Id() && IsNonce(hello.nonce) && VerifyText(key, text, hello.signature);
}

}  // namespace lookout
