// SPDX-License-Identifier: Apache-2.0
#include "proxy/TokenHashCheck.hxx"

#include <algorithm>
#include <stdexcept>

#include "auth/Argon2.hxx"
#include "auth/FailureLimiter.hxx"
#include "auth/Secret.hxx"
#include "base/Log.hxx"
#include "proxy/Limits.hxx"

namespace lookout {

namespace {

/** Requests whose failures one derivation records; more than lock an address out. */
constexpr size_t kMaxRecorded = 64;

}  // namespace

class TokenHashCheck::Waiter final : public Wait {
 public:
  Waiter(std::list<Waiter *> &waiters, std::function<void(bool)> on_verdict)
      : waiters_(&waiters), on_verdict_(std::move(on_verdict)) {
    waiters.push_back(this);
  }
  ~Waiter() override {
    if (waiters_ != nullptr) waiters_->remove(this);
  }
  Waiter(const Waiter &) = delete;
  Waiter &operator=(const Waiter &) = delete;

  void Leave() { waiters_ = nullptr; }
  void Tell(bool is_right) {
    // It may destroy this.
    const auto on_verdict = std::move(on_verdict_);
    on_verdict(is_right);
  }

 private:
  std::list<Waiter *> *waiters_;
  std::function<void(bool)> on_verdict_;
};

TokenHashCheck::TokenHashCheck(Worker &worker, PhcString expected, OnWrong on_wrong)
    : worker_(worker), verifier_(std::move(expected)), on_wrong_(std::move(on_wrong)) {}

TokenHashCheck::~TokenHashCheck() {
  for (auto &[fingerprint, job] : jobs_) {
    for (auto *const waiter : job.waiters) waiter->Leave();
  }
}

bool TokenHashCheck::HasRoom(const IpAddress &client) const {
  const auto of_client = std::count_if(jobs_.begin(), jobs_.end(), [&client](const Jobs::value_type &job) {
    return CountedAs(job.second.clients.front()) == CountedAs(client);
  });
  return jobs_.size() < kMaxDerivations + kMaxWaitingTokens && static_cast<size_t>(of_client) < kMaxTokensOfAddress;
}

std::unique_ptr<TokenHashCheck::Wait> TokenHashCheck::Begin(std::string_view token, const IpAddress &client,
                                                            std::function<void(bool)> on_verdict) {
  const auto fingerprint = verifier_.FingerprintOf(token);
  auto job = jobs_.find(fingerprint);
  if (job == jobs_.end()) {
    if (!HasRoom(client)) return nullptr;
    job = StartJob(fingerprint, token);
    if (job == jobs_.end()) return nullptr;
  }
  if (job->second.clients.size() < kMaxRecorded) job->second.clients.push_back(client);
  return std::make_unique<Waiter>(job->second.waiters, std::move(on_verdict));
}

TokenHashCheck::Jobs::iterator TokenHashCheck::StartJob(const TokenFingerprint &fingerprint, std::string_view token) {
  try {
    // Shared with the thread, which may outlive us.
    const auto secret = std::make_shared<const Secret>(token);
    const auto is_right = std::make_shared<bool>(false);
    auto task = worker_.Submit([expected = verifier_.Expected(), secret,
                                is_right] { *is_right = VerifyTokenHash(expected, secret->Reveal()); },
                               [this, fingerprint, is_right] { OnDerived(fingerprint, *is_right); });
    return jobs_.emplace(fingerprint, Job{{}, {}, std::move(task)}).first;
  } catch (const std::runtime_error &error) {
    LogDebug("a token cannot be checked now", {{"reason", error.what()}});
    return jobs_.end();
  }
}

void TokenHashCheck::OnDerived(const TokenFingerprint &fingerprint, bool is_right) {
  auto node = jobs_.extract(fingerprint);
  if (node.empty()) return;
  auto &job = node.mapped();
  if (is_right) verifier_.Remember(fingerprint);
  if (!is_right) {
    for (const auto &client : job.clients) on_wrong_(client);
  }
  while (!job.waiters.empty()) {
    auto *const waiter = job.waiters.front();
    job.waiters.pop_front();
    waiter->Leave();
    waiter->Tell(is_right);
  }
}

}  // namespace lookout
