// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "base/EventLoop.hxx"
#include "proxy/ByteStream.hxx"
#include "proxy/StreamBio.hxx"
#include "proxy/TlsBasics.hxx"

namespace lookout {

/**
 * TLS over another stream. The handshake runs by itself as soon as anything is wanted, read or written.
 *
 * Ends are TLS's own: CloseWrite() sends close_notify and then ends the stream below, and End is read only after the
 * peer's close_notify. A connection that just ends reads as ECONNRESET, because anybody on the way could have cut it;
 * what else goes wrong in TLS, the handshake included, is EPROTO. A client that speaks HTTP in clear to a server is
 * told so in clear.
 */
class TlsStream final : public ByteStream, private ByteStreamUser {
 public:
  enum class Role { Server, Client };

  /** `context` need not outlive it. Throws when OpenSSL has no memory. */
  TlsStream(EventLoop &loop, std::unique_ptr<ByteStream> below, ssl_ctx_st *context, Role role);
  ~TlsStream() override;

  void SetUser(ByteStreamUser &user) override { user_ = &user; }
  IoResult Read(std::span<char> out) override;
  IoResult Write(std::string_view bytes) override;
  void CloseWrite() override;
  void Want(bool read, bool write) override;
  void MakeAbortive() override { below_->MakeAbortive(); }
  StreamSecurity Security() const override;
  bool IsHandshakeDone() const { return is_shaken_; }

 private:
  /** What must be possible below before a call to OpenSSL is repeated. */
  enum class Needs { Read, Write };

  void OnReady(bool readable, bool writable) override;
  void OnHangUp() override { user_->OnHangUp(); }

  /** True when reading and writing make sense; else Pending() is the answer to give. */
  bool IsOpen();
  IoResult Pending() const;
  IoResult Explain(int outcome, Needs &needs);
  int FindError();
  void RefuseClearText();
  void SendEnd();
  void ApplyWants();
  bool HasDecoded() const;

  std::unique_ptr<ByteStream> below_;
  StreamBio bio_;
  UniqueSsl ssl_;
  ByteStreamUser *user_ = nullptr;
  bool is_shaken_ = false;  // the handshake is done
  bool want_read_ = false;
  bool want_write_ = false;
  bool end_unsent_ = false;
  int error_ = 0;  // what every further call says
  Needs handshake_needs_;
  Needs read_needs_ = Needs::Read;
  Needs write_needs_ = Needs::Write;
  Deferred again_;  // for what no event below announces
};

}  // namespace lookout
