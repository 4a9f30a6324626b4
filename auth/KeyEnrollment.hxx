// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "auth/Ed25519PublicKey.hxx"
#include "auth/Secret.hxx"
#include "auth/TokenVerifier.hxx"
#include "base/Result.hxx"

namespace lookout {

/**
 * Adds `key` to a file of AuthorizedKeys as one line with the comment "enrolled:KEYID"; true when it was added, false
 * when it is listed already. The file must pass the rules of ReadCredentialFile(), or not exist: then it is made, with
 * mode 0600. The new line never joins a last line without an end, and the file is replaced whole or not at all.
 */
Result<bool> AddAuthorizedKey(const std::string &path, const Ed25519PublicKey &key);

/**
 * A token with which one key can be enrolled, once. That it was used is kept in a file, so that a restart does not arm
 * the same token again; another token can then be set and used. The file holds a hash of each used token, one a line.
 * They are worth nothing any more, so the hash need not be slow.
 *
 * Its work on files is short and is done at once; enrollments are rare.
 */
class KeyEnrollment {
 public:
  enum class Verdict { Open, WrongToken, Used };

  /** Throws std::runtime_error for an empty token and for a file of used tokens that cannot be read. */
  KeyEnrollment(const Secret &token, std::string keys_file, std::string used_tokens_file);

  /** Used is said whatever token is presented; the comparison takes constant time. */
  Verdict CheckToken(std::string_view presented) const;

  /**
   * Uses the token up and adds the key, which may be listed already. It is used up first, so that no crash leaves both
   * the key and a token that works; when the key cannot be added, it is made usable again. Call it only when Open.
   */
  Result<void> Enroll(const Ed25519PublicKey &key);

  /** Makes the token usable again, when the keys turned out not to be usable after Enroll(). */
  Result<void> Reopen();

 private:
  Result<void> Close();

  const TokenVerifier verifier_;
  const std::string token_hash_;
  const std::string keys_file_;
  const std::string used_tokens_file_;
  std::string other_used_tokens_;  // lines
  bool is_used_ = false;
};

}  // namespace lookout
