// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/JsonValue.hxx"
#include "tests/bench/Figures.hxx"
#include "tests/devhub/Load.hxx"

namespace lookout::devhub {

/** {container, count}: so many followed logs until load_stop. Reports requests (chunks), failed (logs that ended),
 * bytes. */
class FollowLoad final : public Load {
 public:
  FollowLoad(LoadContext context, const JsonValue &args);

  void Start() override;
  void OnFrame(uint64_t part, std::string_view type, std::string_view message) override;
  void Stop() override;

 private:
  void Send(std::string_view type, size_t part, std::string_view more) const;

  const LoadContext context_;
  const std::string container_;
  const size_t count_;
  bench::SteadyTime start_;
  uint64_t chunks_ = 0;
  uint64_t bytes_ = 0;
  size_t failed_ = 0;
};

}  // namespace lookout::devhub
