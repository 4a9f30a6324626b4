// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "auth/RandomPool.hxx"

namespace lookout {

/**
 * Text messages on their way to a server as WebSocket frames (RFC 6455 section 5), masked, as many as one write to the
 * kernel takes. libwebsockets would mask byte by byte, and write each message by itself.
 */
class FrameBatch {
 public:
  /** Bytes on the wire of one batch. */
  static constexpr size_t kCapacity = 64 * 1024;
  /** The head of a frame with a payload of 126 bytes to 64 KiB: opcode, length, masking key. */
  static constexpr size_t kMaxHead = 8;
  /** The longest message that is never cut into several frames. */
  static constexpr size_t kMaxWhole = kCapacity - kMaxHead;
  /** In front of Bytes(), for lws_write(): at least LWS_PRE, which is checked where libwebsockets is known. */
  static constexpr size_t kHeadroom = 16;

  FrameBatch();

  /**
   * Adds the message from `offset` on, as far as there is room, and moves the offset. True when the message's end is
   * in. Between two calls for the same message no other may be added: fragments of messages do not mix.
   */
  bool Add(std::string_view message, size_t &offset);

  bool IsEmpty() const { return size_ == 0; }
  size_t Size() const { return size_; }
  std::span<unsigned char> Bytes() { return {buffer_.get() + kHeadroom, size_}; }
  void Clear() { size_ = 0; }

 private:
  using Key = std::array<unsigned char, 4>;

  void AddFrame(std::string_view payload, bool is_first, bool is_last);
  void AddByte(size_t value);

  std::unique_ptr<unsigned char[]> buffer_;
  size_t size_ = 0;
  RandomPool keys_;  // a key is unpredictable, and another one for each frame (section 5.3)
};

}  // namespace lookout
