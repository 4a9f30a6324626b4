// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "base/JsonValue.hxx"
#include "tests/bench/Figures.hxx"
#include "tests/devhub/Load.hxx"

namespace lookout::devhub {

/**
 * {container, count, interval_ms, echoes}: so many exec sessions, each of which types a line every interval and waits
 * for it to come back. Reports requests (all echoes), failed (sessions that ended early), seconds, p50_us, p99_us.
 */
class EchoLoad final : public Load {
 public:
  EchoLoad(LoadContext context, const JsonValue &args);

  void Start() override;
  void OnFrame(uint64_t part, std::string_view type, std::string_view message) override;
  void Stop() override;

 private:
  struct Typist {
    std::unique_ptr<Timer> timer;
    bench::SteadyTime sent;
    size_t echoes = 0;
    bool is_over = false;
  };

  void Type(size_t part);
  void OnEcho(size_t part);
  void OnEnded(Typist &typist);

  const LoadContext context_;
  const std::string container_;
  const Duration interval_;
  const size_t echoes_;
  std::vector<Typist> typists_;
  bench::SteadyTime start_;
  bench::Latencies latencies_;
  size_t total_ = 0;
  size_t failed_ = 0;
  size_t ended_ = 0;
};

}  // namespace lookout::devhub
