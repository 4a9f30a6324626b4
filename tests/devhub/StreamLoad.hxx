// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "auth/Sha256.hxx"
#include "base/JsonValue.hxx"
#include "tests/bench/Figures.hxx"
#include "tests/devhub/Load.hxx"

namespace lookout::devhub {

/**
 * {target, hash?, bytes_per_second?}: one streamed answer, counted without decoding it unless its digest is wanted.
 * With a rate, nothing at all is read from the agent while this reader has had more than its share, as at the
 * controller. Reports bytes (of payload), frames, seconds, reason, sha256.
 */
class StreamLoad final : public Load {
 public:
  StreamLoad(LoadContext context, const JsonValue &args);

  void Start() override;
  void OnFrame(uint64_t part, std::string_view type, std::string_view message) override;
  void Stop() override { Finish("stopped"); }

 private:
  void OnPayload(std::string_view message);
  void SetHeld(bool held);
  void Finish(std::string_view reason);

  const LoadContext context_;
  const std::string target_;
  const int64_t bytes_per_second_;
  std::optional<BodyDigest> digest_;
  bool is_held_ = false;
  Timer pause_;
  bench::SteadyTime start_;
  uint64_t bytes_ = 0;
  uint64_t frames_ = 0;
};

}  // namespace lookout::devhub
