// SPDX-License-Identifier: Apache-2.0
#include "tests/devhub/KeyRing.hxx"

#include <openssl/evp.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>

#include "base/Base64.hxx"
#include "base/Strings.hxx"

namespace lookout::devhub {

namespace {

constexpr std::string_view kEmptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

std::string MakeKeyId(std::string_view raw) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  EVP_Digest(raw.data(), raw.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  return ToHex({reinterpret_cast<const char *>(digest.data()), 8});
}

std::optional<std::string> DecodeBase64Url(std::string_view text) {
  std::string standard(text);
  std::replace(standard.begin(), standard.end(), '-', '+');
  std::replace(standard.begin(), standard.end(), '_', '/');
  standard.resize((standard.size() + 3) / 4 * 4, '=');
  return Base64Decode(standard);
}

const unsigned char *Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char *>(text.data());
}

}  // namespace

KeyRing::KeyRing(std::string file) : file_(std::move(file)) {
  Reload();
}

void KeyRing::Reload() {
  std::ifstream in(file_);
  if (!in) throw std::runtime_error("cannot read the authorized keys in " + file_);
  keys_.clear();
  std::string line;
  while (std::getline(in, line)) {
    std::istringstream words(line);
    std::string kind, base64;
    if (!(words >> kind) || kind.starts_with('#')) continue;
    words >> base64;
    const auto raw = Base64Decode(base64);
    if (kind != "ed25519" || !raw || raw->size() != 32) {
      throw std::runtime_error(file_ + ": not an \"ed25519 BASE64 [comment]\" line: " + line);
    }
    std::copy(raw->begin(), raw->end(), keys_[MakeKeyId(*raw)].begin());
  }
}

bool KeyRing::Verify(const std::string &key_id, const SignedHello &hello, std::string_view signature) const {
  const auto found = keys_.find(key_id);
  const auto bytes = DecodeBase64Url(signature);
  if (found == keys_.end() || !bytes || bytes->size() != 64) return false;
  std::ostringstream text;
  text << "GET\n" << hello.path << '\n' << kEmptySha256 << '\n' << hello.timestamp << '\n' << hello.nonce;
  const std::string message = text.str();
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, found->second.data(), found->second.size()),
      EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  return key && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), Bytes(*bytes), bytes->size(), Bytes(message), message.size()) == 1;
}

}  // namespace lookout::devhub
