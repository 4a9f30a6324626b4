// SPDX-License-Identifier: Apache-2.0
#include "proxy/RequestMetrics.hxx"

#include <algorithm>
#include <numeric>

namespace lookout {

namespace {

constexpr std::array<std::string_view, 7> kMethods = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"};

std::string_view MethodLabel(std::string_view method) {
  const auto *const known = std::find(kMethods.begin(), kMethods.end(), method);
  return known == kMethods.end() ? "other" : *known;
}

}  // namespace

void DurationHistogram::Observe(double seconds) {
  ++count_;
  sum_ += seconds;
  const auto bound = static_cast<size_t>(std::lower_bound(kBounds.begin(), kBounds.end(), seconds) - kBounds.begin());
  if (bound < counts_.size()) ++counts_[bound];
}

uint64_t DurationHistogram::CountUpTo(size_t bound) const {
  return std::accumulate(counts_.begin(), counts_.begin() + static_cast<std::ptrdiff_t>(bound) + 1, uint64_t{0});
}

void RequestMetrics::OnAnswered(std::string_view method, int status) {
  ++requests_[{MethodLabel(method), status}];
}

void RequestMetrics::OnFinished(Duration duration) {
  --in_flight_;
  durations_.Observe(std::chrono::duration<double>(duration).count());
}

void RequestMetrics::OnAuthFailure(std::string_view reason) {
  if (reason.empty()) reason = "unknown";
  const bool known = auth_failures_.size() < kMaxReasons || auth_failures_.contains(reason);
  ++auth_failures_[std::string(known ? reason : "other")];
}

}  // namespace lookout
