// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "base/EventLoop.hxx"
#include "proxy/ByteBuffer.hxx"
#include "proxy/ByteStream.hxx"

namespace lookout {

/** Calls come from the loop. None may destroy the stream that makes it. */
class BufferedStreamUser {
 public:
  virtual ~BufferedStreamUser() = default;
  /** Input() has grown. */
  virtual void OnInput() = 0;
  /** No more will come: the peer's orderly end (`error` 0), or errno. */
  virtual void OnInputEnd(int error) = 0;
  /** The kernel has taken bytes. */
  virtual void OnOutput() = 0;
  /** The kernel takes no more for now; told once until it has taken something. */
  virtual void OnOutputBlocked() {}
  /** The peer takes no more; what was unsent is dropped, and so is all that follows. Reading may go on. */
  virtual void OnOutputError(int error) = 0;
  /** The peer has gone altogether while nothing was to be read or written. */
  virtual void OnHangUp() {}
};

/**
 * A ByteStream with a buffer on each side. Input is read only up to a limit. Output is written soon, so that
 * several small pieces leave together; it is the user's part to keep Unsent() small.
 */
class BufferedStream final : private ByteStreamUser {
 public:
  /** Nothing is read, and no hang-up reported, before SetReadLimit(). */
  BufferedStream(EventLoop &loop, std::unique_ptr<ByteStream> stream, BufferedStreamUser &user);

  /** What has been read and not been consumed; the user consumes. */
  ByteBuffer &Input() { return input_; }
  /** Reads on while Input() holds fewer bytes than this; may then exceed it by kReadSize. Zero stops reading. */
  void SetReadLimit(size_t limit);
  /** To be called after consuming input outside of OnInput(). */
  void UpdateWants();

  /** Copies what it cannot send: a large piece, with nothing waiting before it, is offered to the kernel at once. */
  void Write(std::string_view bytes);
  size_t Unsent() const { return output_.Size(); }
  /** Ends our direction as soon as everything is written. */
  void CloseWrite();
  bool IsWriteOpen() const { return write_open_ && !closing_; }
  /** Everything has been written, and the end too where CloseWrite() was called. */
  bool IsFlushed() const { return output_.IsEmpty() && !(write_open_ && closing_); }

  void MakeAbortive() { stream_->MakeAbortive(); }
  StreamSecurity Security() const { return stream_->Security(); }
  /** Gives back the memory of empty buffers; for connections that idle. */
  void ReleaseMemory();

 private:
  void OnReady(bool readable, bool writable) override;
  void OnHangUp() override { user_.OnHangUp(); }
  void ReadOnce();
  /** How much of it the kernel takes now. */
  size_t SendNow(std::string_view bytes);
  void Flush();

  std::unique_ptr<ByteStream> stream_;
  BufferedStreamUser &user_;
  ByteBuffer input_;
  ByteBuffer output_;
  size_t read_limit_ = 0;
  bool read_open_ = true;
  bool write_open_ = true;
  bool closing_ = false;
  bool blocked_ = false;
  bool sent_now_ = false;  // and the user does not know yet
  Deferred flush_;
};

}  // namespace lookout
