// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/EventLoop.hxx"
#include "base/UniqueFd.hxx"
#include "proxy/ByteStream.hxx"

namespace lookout {

/** Bytes leave at once, and the death of a silent peer's host is noticed within two minutes. For TCP; else harmless. */
void SetTcpOptions(int socket);

/** A connected TCP or unix socket. */
class SocketStream final : public ByteStream {
 public:
  /** `socket` must be non-blocking. */
  SocketStream(EventLoop &loop, UniqueFd socket);

  void SetUser(ByteStreamUser &user) override { user_ = &user; }
  IoResult Read(std::span<char> out) override;
  IoResult Write(std::string_view bytes) override;
  void CloseWrite() override;
  void Want(bool read, bool write) override;
  void MakeAbortive() override;

 private:
  void OnEvent(uint32_t events);

  UniqueFd socket_;
  ByteStreamUser *user_ = nullptr;
  bool wants_any_ = false;
  bool hung_up_ = false;
  FdEvent event_;
};

}  // namespace lookout
