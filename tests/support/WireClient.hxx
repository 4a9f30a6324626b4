// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/EventLoop.hxx"
#include "base/UniqueFd.hxx"

namespace lookout {

/** A client that sends exactly the bytes it is told to and keeps what comes back, on the test's own loop. */
class WireClient {
 public:
  /** Connects to 127.0.0.1. */
  WireClient(EventLoop &loop, uint16_t port);
  /** Connects to a unix socket. */
  WireClient(EventLoop &loop, const std::string &path);

  /** Kept in memory until the other side takes it. */
  void Send(std::string_view bytes);
  size_t Unsent() const { return unsent_.size(); }
  void CloseWrite();
  /** Closes; with a reset over TCP when `abort`. */
  void Close(bool abort = false);
  void StopReading();
  void StartReading();

  std::string &Received() { return received_; }
  /** The other side has sent EOF, or the connection broke. */
  bool IsEof() const { return eof_; }
  bool IsReset() const { return reset_; }

 private:
  WireClient(EventLoop &loop, UniqueFd socket);
  void OnReady(uint32_t events);
  void Flush();
  void Watch();

  UniqueFd socket_;
  FdEvent event_;
  std::string received_;
  std::string unsent_;
  bool reading_ = true;
  bool closing_ = false;
  bool eof_ = false;
  bool reset_ = false;
};

}  // namespace lookout
