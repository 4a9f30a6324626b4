// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/Clock.hxx"

namespace lookout {

/** How long requests took, in buckets. */
class DurationHistogram {
 public:
  /** Upper bounds in seconds, inclusive. */
  static constexpr std::array<double, 12> kBounds = {0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

  void Observe(double seconds);

  /** How many took at most kBounds[bound]. */
  uint64_t CountUpTo(size_t bound) const;
  uint64_t Count() const { return count_; }
  double Sum() const { return sum_; }

 private:
  std::array<uint64_t, kBounds.size()> counts_{};  // those beyond the last bound are in count_ only
  uint64_t count_ = 0;
  double sum_ = 0;
};

/**
 * What became of the requests on the listener, as numbers for /metrics. No text of a client is kept: an unusual method
 * counts as "other".
 */
class RequestMetrics {
 public:
  /** Distinct reasons for refusals; more than those that exist. Further ones count as "other". */
  static constexpr size_t kMaxReasons = 32;

  using RequestKey = std::pair<std::string_view, int>;  // method, status
  using RequestCounts = std::map<RequestKey, uint64_t>;
  using ReasonCounts = std::map<std::string, uint64_t, std::less<>>;

  /** Answered with this status, by whomever; 499 when the client did not wait for it. */
  void OnAnswered(std::string_view method, int status);
  /** One that has proved who it is begins, and is over. */
  void OnStarted() { ++in_flight_; }
  void OnFinished(Duration duration);

  /** 401. `reason` is one of ours ("bad_token", "replay"); an empty one is "unknown". */
  void OnAuthFailure(std::string_view reason);
  /** 429. */
  void OnRateLimited() { ++rate_limited_; }

  const RequestCounts &Requests() const { return requests_; }
  const DurationHistogram &Durations() const { return durations_; }
  uint64_t InFlight() const { return in_flight_; }
  const ReasonCounts &AuthFailures() const { return auth_failures_; }
  uint64_t RateLimited() const { return rate_limited_; }

 private:
  RequestCounts requests_;
  DurationHistogram durations_;
  uint64_t in_flight_ = 0;
  ReasonCounts auth_failures_;
  uint64_t rate_limited_ = 0;
};

}  // namespace lookout
