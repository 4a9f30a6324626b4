// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "auth/TokenHashVerifier.hxx"
#include "base/IpAddress.hxx"
#include "base/Worker.hxx"

namespace lookout {

/**
 * Verifies tokens against a hash, off the loop. Requests with equal tokens share one derivation. A derivation that has
 * begun is not called off when those who asked are gone, so that nobody guesses without being counted.
 */
class TokenHashCheck {
 public:
  /** A wrong token, once for each request that presented it; also of those that did not wait. */
  using OnWrong = std::function<void(const IpAddress &client)>;
  /** A verdict that is awaited; its destruction gives it up. */
  class Wait {
   public:
    virtual ~Wait() = default;
  };

  /** `worker` has as many threads as derivations may run at a time, and must outlive this. */
  TokenHashCheck(Worker &worker, PhcString expected, OnWrong on_wrong);
  ~TokenHashCheck();
  TokenHashCheck(const TokenHashCheck &) = delete;
  TokenHashCheck &operator=(const TokenHashCheck &) = delete;

  /** Whether this token has been verified before. A token for which this is false may still be right. */
  bool IsKnown(std::string_view token) const { return verifier_.IsVerified(verifier_.FingerprintOf(token)); }
  /**
   * `on_verdict` comes once, from the loop, with whether the token is right; on_wrong comes before it. nullptr when
   * there is too much to do already, for all or for this client: try again later.
   */
  std::unique_ptr<Wait> Begin(std::string_view token, const IpAddress &client,
                              std::function<void(bool is_right)> on_verdict);

  /** Tokens that are being derived or wait for it. */
  size_t Pending() const { return jobs_.size(); }

 private:
  class Waiter;
  struct Job {
    std::vector<IpAddress> clients;
    std::list<Waiter *> waiters;
    std::unique_ptr<WorkerTask> task;
  };
  using Jobs = std::map<TokenFingerprint, Job>;

  bool HasRoom(const IpAddress &client) const;
  Jobs::iterator StartJob(const TokenFingerprint &fingerprint, std::string_view token);
  void OnDerived(const TokenFingerprint &fingerprint, bool is_right);

  Worker &worker_;
  TokenHashVerifier verifier_;
  const OnWrong on_wrong_;
  Jobs jobs_;
};

}  // namespace lookout
