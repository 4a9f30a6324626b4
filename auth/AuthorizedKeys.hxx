// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "auth/Ed25519PublicKey.hxx"
#include "base/Result.hxx"

namespace lookout {

struct AuthorizedKey {
  Ed25519PublicKey key;
  std::string comment;
};

/**
 * The keys that may sign. One a line: `ed25519 BASE64 [comment]`, where BASE64 is the raw 32-byte key with
 * padding; blank lines and lines that begin with '#' are skipped. A malformed line is skipped and reported, so
 * that one typing error does not lock everybody out. Of a key listed twice the first line counts.
 */
class AuthorizedKeys {
 public:
  /** A line that was skipped, and why. */
  struct Problem {
    size_t line;
    std::string reason;
  };

  static AuthorizedKeys Parse(std::string_view text);

  /** The key with that id (16 lower-case hex digits), or nullptr. */
  const AuthorizedKey *Find(std::string_view key_id) const;
  /** By key id. */
  const std::map<std::string, AuthorizedKey, std::less<>> &Entries() const { return entries_; }
  const std::vector<Problem> &Problems() const { return problems_; }

 private:
  Result<void> AddLine(std::string_view line);

  std::map<std::string, AuthorizedKey, std::less<>> entries_;
  std::vector<Problem> problems_;
};

/** From a file that passes the rules of ReadCredentialFile(). */
Result<AuthorizedKeys> LoadAuthorizedKeys(const std::string &path);

/** One line of such a file, without its end; a comment must be one line of printable text or the result is an error. */
Result<std::string> FormatAuthorizedKey(const Ed25519PublicKey &key, std::string_view comment);

}  // namespace lookout
