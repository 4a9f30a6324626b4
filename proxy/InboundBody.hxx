// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "proxy/BodyFramer.hxx"
#include "proxy/BufferedStream.hxx"
#include "proxy/Exchange.hxx"

namespace lookout {

/**
 * The body of a request on an inbound connection: takes it out of the connection's input as somebody reads it. The
 * source it makes may outlive it, and then reports an error.
 */
class InboundBody {
 public:
  /** `on_wait`: the reader has asked for bytes that have not come. */
  InboundBody(BodyFraming framing, BufferedStream &stream, std::function<void()> on_wait);
  ~InboundBody();
  InboundBody(const InboundBody &) = delete;
  InboundBody &operator=(const InboundBody &) = delete;

  /** At most one. */
  std::unique_ptr<BodySource> MakeSource();
  bool IsDone() const { return framer_.IsDone(); }
  /** Somebody waits for bytes. */
  bool IsAwaited() const { return awaited_; }
  void OnInput();
  /** The rest will not come. */
  void OnBroken();
  /** Nobody can read any more: takes what is there out of the input. */
  void DiscardIfUnread();

 private:
  class Source;

  BodySource::Chunk Read(std::span<char> out);

  BodyFramer framer_;
  const std::optional<uint64_t> length_;
  BufferedStream &stream_;
  std::function<void()> on_wait_;
  Source *source_ = nullptr;
  bool awaited_ = false;
  bool broken_ = false;
};

}  // namespace lookout
