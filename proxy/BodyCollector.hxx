// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/EventLoop.hxx"
#include "base/Result.hxx"
#include "proxy/BodyPace.hxx"
#include "proxy/Exchange.hxx"

namespace lookout {

/**
 * Reads a request's whole body into memory. Calls back once, from the loop and never from inside the constructor,
 * unless it is destroyed first; the callback may destroy it.
 */
class BodyCollector {
 public:
  enum class Fault { TooLarge, TimedOut, Broken };
  /** The body, or why there is none. */
  using Callback = std::function<void(tl::expected<std::string, Fault>)>;

  /** `source`: null is an empty body. A body over `limit` bytes is not read on, nor one that is late (BodyPace). */
  BodyCollector(EventLoop &loop, std::unique_ptr<BodySource> source, size_t limit, Callback on_done);
  BodyCollector(const BodyCollector &) = delete;
  BodyCollector &operator=(const BodyCollector &) = delete;

 private:
  using Outcome = tl::expected<std::string, Fault>;

  void Pump();
  void Report(Outcome outcome);
  /** What the body has turned out to be; nullopt while more is to come. */
  std::optional<Outcome> Collect();

  std::unique_ptr<BodySource> source_;
  const size_t limit_;
  Callback on_done_;
  std::string body_;
  Deferred pump_;
  BodyPace pace_;
};

}  // namespace lookout
