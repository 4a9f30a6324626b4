// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/Exchange.hxx"

namespace lookout {

/** Writes down what a ResponseSink is told, and checks the order that Exchange.hxx promises. */
class RecordingSink final : public ResponseSink {
 public:
  void OnHead(ResponseHead head) override;
  Flow OnData(std::string_view bytes) override;
  void OnTrailers(const HeaderList &more) override;
  void OnEnd() override;
  void OnError(Failure failure) override;

  /** OnEnd or OnError has come. */
  bool IsDone() const { return ended || failure; }

  std::optional<ResponseHead> head;
  std::string body;
  HeaderList trailers;
  bool ended = false;
  std::optional<Failure> failure;

  /** What OnData returns; set it back to Go before Resume(). */
  Flow flow = Flow::Go;
  /** Instead of being kept in `body`, bytes are only counted. */
  bool count_only = false;
  size_t count = 0;
  /** Called in OnData after the bytes were taken. */
  std::function<void()> on_data;
  /** The contract was broken: text says how. */
  std::string violation;

 private:
  void Require(bool condition, std::string_view what);
};

}  // namespace lookout
