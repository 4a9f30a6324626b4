// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "auth/AuthorizedKeys.hxx"

namespace lookout {

/** The keys that may sign requests, as their file holds them now. */
class KeyRing {
 public:
  /** For the log: "KEYID (comment)". */
  struct Changes {
    std::vector<std::string> added;
    std::vector<std::string> removed;
    std::vector<AuthorizedKeys::Problem> problems;
  };

  /** Nobody signs. */
  KeyRing() = default;
  /** Throws, naming the file, when it cannot be used. */
  explicit KeyRing(std::string path);

  /** Whether signatures count at all; the file itself may list nobody. */
  bool IsConfigured() const { return !path_.empty(); }
  const std::string &Path() const { return path_; }
  const AuthorizedKeys &Keys() const { return keys_; }

  /** Reads the file again. When it cannot be used, the old keys stay. */
  Result<Changes> Reload();

 private:
  std::string path_;
  AuthorizedKeys keys_;
};

}  // namespace lookout
