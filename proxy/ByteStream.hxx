// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace lookout {

/** What became of one attempt to read or write without waiting. */
struct IoResult {
  enum class State {
    Done,   // `size` bytes, at least one
    Wait,   // not now
    End,    // reading only: the peer sends no more
    Error,  // `error` (errno) says why; this direction is dead
  };
  State state = State::Wait;
  size_t size = 0;
  int error = 0;
};

/** What is known of the other end besides its bytes. */
struct StreamSecurity {
  bool is_encrypted = false;
  /**
   * "CN=deploy,O=Example" (RFC 2253): of the peer's certificate, verified; "serial=0A" where it has
   * no subject; "" when there is none.
   */
  std::string certificate_subject;
};

class ByteStreamUser {
 public:
  virtual ~ByteStreamUser() = default;
  /**
   * What was wanted may be possible now; errors and hang-ups count as both. Must not destroy the stream.
   */
  virtual void OnReady(bool readable, bool writable) = 0;
  /** The peer has closed both directions, or the connection is dead, while nothing was wanted; told once. */
  virtual void OnHangUp() = 0;
};

/** A connected byte stream with two independent directions: a socket, or TLS over one. Never blocks. */
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  virtual void SetUser(ByteStreamUser &user) = 0;
  virtual IoResult Read(std::span<char> out) = 0;
  virtual IoResult Write(std::string_view bytes) = 0;
  /** Ends our direction; the other stays open. Everything must have been written. */
  virtual void CloseWrite() = 0;
  /**
   * Which calls to OnReady are wanted. A stream that holds decoded bytes back counts as readable.
   */
  virtual void Want(bool read, bool write) = 0;
  /** Makes the coming destruction visible to the peer as a failure instead of an orderly end. */
  virtual void MakeAbortive() = 0;
  /** Meaningful once a byte has been read. */
  virtual StreamSecurity Security() const { return {}; }
};

}  // namespace lookout
