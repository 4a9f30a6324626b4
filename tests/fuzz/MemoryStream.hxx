// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cerrno>
#include <string>

#include "proxy/ByteStream.hxx"

namespace lookout {

/** A client's end of a connection, in memory; outlives the stream that the server has of it. */
struct MemoryPeer {
  /** Sent by the client, and not read by the server yet. */
  std::string_view Waiting() const { return std::string_view(to_server).substr(read); }

  // What the client does.
  std::string to_server;  // all of it, since the beginning
  bool sends_end = false;
  bool is_reset = false;
  size_t takes = 0;  // bytes that the server may still write
  size_t piece = 32 * 1024;
  // What the server did.
  std::string from_server;
  size_t read = 0;
  bool write_closed = false;
  bool is_abortive = false;
  bool is_gone = false;
  bool wants_read = false;
  bool wants_write = false;
  ByteStreamUser *user = nullptr;
};

class MemoryStream final : public ByteStream {
 public:
  explicit MemoryStream(MemoryPeer &peer) : peer_(peer) {}
  ~MemoryStream() override { peer_.is_gone = true; }

  void SetUser(ByteStreamUser &user) override { peer_.user = &user; }
  IoResult Read(std::span<char> out) override {
    if (peer_.is_reset) return {IoResult::State::Error, 0, ECONNRESET};
    const auto waiting = peer_.Waiting();
    const size_t size = std::min({out.size(), waiting.size(), peer_.piece});
    if (size == 0) return {peer_.sends_end ? IoResult::State::End : IoResult::State::Wait};
    std::copy_n(waiting.data(), size, out.data());
    peer_.read += size;
    return {IoResult::State::Done, size};
  }
  IoResult Write(std::string_view bytes) override {
    if (peer_.is_reset) return {IoResult::State::Error, 0, EPIPE};
    const size_t size = std::min({bytes.size(), peer_.takes, peer_.piece});
    if (size == 0) return {IoResult::State::Wait};
    peer_.from_server += bytes.substr(0, size);
    peer_.takes -= size;
    return {IoResult::State::Done, size};
  }
  void CloseWrite() override { peer_.write_closed = true; }
  void Want(bool read, bool write) override {
    peer_.wants_read = read;
    peer_.wants_write = write;
  }
  void MakeAbortive() override { peer_.is_abortive = true; }

 private:
  MemoryPeer &peer_;
};

}  // namespace lookout
