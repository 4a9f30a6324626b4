// SPDX-License-Identifier: Apache-2.0
#include "auth/KeyEnrollment.hxx"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>

#include "auth/AuthorizedKeys.hxx"
#include "auth/CredentialFile.hxx"
#include "auth/Sha256.hxx"
#include "base/Strings.hxx"

namespace lookout {

namespace {

/** Far more tokens than one host ever gets; of more, the oldest are forgotten. */
constexpr size_t kMaxUsedTokensSize = 32 * 1024;

/** "" when there is no such file. */
Result<std::string> ReadIfThere(const std::string &path, size_t limit) {
  if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return "";
  const auto content = ReadCredentialFile(path, limit);
  if (!content) return tl::unexpected(content.error());
  return std::string(content->Reveal());
}

/** Not the hash that anything else has of a token. */
std::string HashUsedToken(const Secret &token) {
  BodyDigest digest;
  digest.Add("lookout enrollment token\n");
  digest.Add(token.Reveal());
  return ToHex(ViewOf(digest.Finish()));
}

}  // namespace

Result<bool> AddAuthorizedKey(const std::string &path, const Ed25519PublicKey &key) {
  auto text = ReadIfThere(path, kKeyListFileLimit);
  if (!text) return tl::unexpected(text.error());
  const auto keys = AuthorizedKeys::Parse(*text);
  if (const auto *listed = keys.Find(key.Id())) {
    if (listed->key == key) return false;
    return Fail(fmt::format("'{}' lists another key with the id {}", path, key.Id()));
  }
  const auto line = FormatAuthorizedKey(key, "enrolled:" + key.Id());
  if (!line) return tl::unexpected(line.error());
  if (!text->empty() && text->back() != '\n') *text += '\n';
  *text += *line + '\n';
  if (text->size() > kKeyListFileLimit) return Fail(fmt::format("'{}' is full: remove keys that are not used", path));
  if (const auto replaced = ReplaceCredentialFile(path, *text); !replaced) return tl::unexpected(replaced.error());
  return true;
}

KeyEnrollment::KeyEnrollment(const Secret &token, std::string keys_file, std::string used_tokens_file)
    : verifier_(token),
      token_hash_(HashUsedToken(token)),
      keys_file_(std::move(keys_file)),
      used_tokens_file_(std::move(used_tokens_file)) {
  const auto text = ReadIfThere(used_tokens_file_, kCredentialFileLimit);
  if (!text) throw std::runtime_error("cannot tell whether the enrollment token was used: " + text.error().message);
  for (const auto line : SplitList(*text, '\n')) {
    if (line == token_hash_) {
      is_used_ = true;
    } else {
      other_used_tokens_ += std::string(line) + '\n';
    }
  }
}

KeyEnrollment::Verdict KeyEnrollment::CheckToken(std::string_view presented) const {
  if (is_used_) return Verdict::Used;
  return verifier_.Verify(presented) ? Verdict::Open : Verdict::WrongToken;
}

Result<void> KeyEnrollment::Enroll(const Ed25519PublicKey &key) {
  if (auto closed = Close(); !closed) return closed;
  const auto added = AddAuthorizedKey(keys_file_, key);
  if (added) return {};
  const auto reopened = Reopen();
  if (reopened) return tl::unexpected(added.error());
  return Fail(
      fmt::format("{}; the token is used up all the same: {}", added.error().message, reopened.error().message));
}

Result<void> KeyEnrollment::Close() {
  while (other_used_tokens_.size() > kMaxUsedTokensSize) other_used_tokens_.erase(0, other_used_tokens_.find('\n') + 1);
  auto written = ReplaceCredentialFile(used_tokens_file_, other_used_tokens_ + token_hash_ + '\n');
  if (written) is_used_ = true;
  return written;
}

Result<void> KeyEnrollment::Reopen() {
  auto written = ReplaceCredentialFile(used_tokens_file_, other_used_tokens_);
  if (written) is_used_ = false;
  return written;
}

}  // namespace lookout
