// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "auth/Ed25519PrivateKey.hxx"
#include "auth/Secret.hxx"
#include "auth/Sha256.hxx"
#include "base/Clock.hxx"
#include "proxy/HttpHead.hxx"

namespace lookout {

/** How `lookout connect` proves itself to an agent, besides a client certificate; the fields are in docs/listener.md.
 */
class RemoteCredential {
 public:
  /** Nothing is added to requests. */
  explicit RemoteCredential(const Clock &clock) : clock_(clock) {}

  /** Throws, naming the file, when it cannot be read or is readable by others. */
  void UseKeyFile(const std::string &path);
  void UseTokenFile(const std::string &path);

  /** Requests are signed, so that their whole body must be known first. */
  bool NeedsDigest() const { return key_.has_value(); }
  /** Replaces whatever credentials the head has by ours. False when this target cannot be signed. */
  bool AddTo(RequestHead &head, const Sha256Digest &body) const;

 private:
  bool Sign(RequestHead &head, const Sha256Digest &body) const;

  const Clock &clock_;
  std::optional<Ed25519PrivateKey> key_;
  Secret token_;
};

}  // namespace lookout
