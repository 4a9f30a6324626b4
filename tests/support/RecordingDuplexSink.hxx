// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proxy/Exchange.hxx"

namespace lookout {

/** Writes down what a DuplexSink is told, and checks the order that Exchange.hxx promises. */
class RecordingDuplexSink final : public DuplexSink {
 public:
  void OnHead(ResponseHead head) override;
  Flow OnData(std::string_view bytes) override;
  void OnEnd() override;
  void OnError(Failure failure) override;
  void OnDrained() override { ++drained; }

  bool IsDone() const { return ended || failure; }

  std::optional<ResponseHead> head;
  std::string body;
  bool ended = false;
  std::optional<Failure> failure;
  unsigned drained = 0;

  /** What OnData returns; set it back to Go before Resume(). */
  Flow flow = Flow::Go;
  /** The contract was broken: text says how. */
  std::string violation;

 private:
  void Require(bool condition, std::string_view what);
};

}  // namespace lookout
