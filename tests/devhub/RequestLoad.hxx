// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/JsonValue.hxx"
#include "tests/bench/Figures.hxx"
#include "tests/devhub/Load.hxx"

namespace lookout::devhub {

/** {target, in_flight, total}: GETs, so many at a time. Reports requests, failed, seconds, bytes, p50_us, p99_us. */
class RequestLoad final : public Load {
 public:
  RequestLoad(LoadContext context, const JsonValue &args);

  void Start() override;
  void OnFrame(uint64_t part, std::string_view type, std::string_view message) override;
  void Stop() override;

 private:
  void SendNext();

  const LoadContext context_;
  const std::string target_;
  const size_t in_flight_;
  const size_t total_;
  bench::SteadyTime start_;
  std::vector<bench::SteadyTime> sent_;  // when, by number of the request
  bench::Latencies latencies_;
  size_t done_ = 0;
  size_t failed_ = 0;
  uint64_t bytes_ = 0;
};

/** The `request` frame of a load. */
std::string MakeLoadRequest(const LoadContext &context, uint64_t part, std::string_view target);

}  // namespace lookout::devhub
