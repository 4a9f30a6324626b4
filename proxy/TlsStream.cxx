// SPDX-License-Identifier: Apache-2.0
#include "proxy/TlsStream.hxx"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <cerrno>

#include "base/Log.hxx"
#include "proxy/Limits.hxx"

namespace lookout {

namespace {

constexpr std::string_view kTlsOnly = "this port speaks HTTPS only: use an https URL\n";

/** The subject, or the serial number of a certificate that has other names only. */
std::string NameOf(X509 *certificate) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new(BIO_s_mem()), BIO_free);
  constexpr unsigned long kForm = XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
  auto *const subject = X509_get_subject_name(certificate);
  if (!text || X509_NAME_print_ex(text.get(), subject, 0, kForm) < 0) return "";
  if (X509_NAME_entry_count(subject) == 0) {
    BIO_puts(text.get(), "serial=");
    i2a_ASN1_INTEGER(text.get(), X509_get0_serialNumber(certificate));
  }
  char *data = nullptr;
  const long size = BIO_get_mem_data(text.get(), &data);
  return {data, static_cast<size_t>(size)};
}

}  // namespace

TlsStream::TlsStream(EventLoop &loop, std::unique_ptr<ByteStream> below, SSL_CTX *context, Role role)
    : below_(std::move(below)),
      bio_(*below_, role == Role::Server),
      ssl_(SSL_new(context)),
      handshake_needs_(role == Role::Server ? Needs::Read : Needs::Write),
      again_(loop, [this] { OnReady(true, false); }) {
  BIO *const bio = ssl_ ? bio_.MakeBio() : nullptr;
  if (bio == nullptr) ThrowOpenssl("cannot begin TLS");
  SSL_set_bio(ssl_.get(), bio, bio);
  if (role == Role::Server) {
    SSL_set_accept_state(ssl_.get());
  } else {
    SSL_set_connect_state(ssl_.get());
  }
  ByteStreamUser &self = *this;
  below_->SetUser(self);
}

TlsStream::~TlsStream() = default;

IoResult TlsStream::Read(std::span<char> out) {
  if (!IsOpen()) return Pending();
  ERR_clear_error();
  size_t size = 0;
  const int outcome = SSL_read_ex(ssl_.get(), out.data(), out.size(), &size);
  read_needs_ = Needs::Read;
  if (outcome == 1) return {IoResult::State::Done, size, 0};
  return Explain(outcome, read_needs_);
}

IoResult TlsStream::Write(std::string_view bytes) {
  if (!IsOpen()) return Pending();
  ERR_clear_error();
  size_t size = 0;
  const int outcome = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &size);
  write_needs_ = Needs::Write;
  if (outcome == 1) return {IoResult::State::Done, size, 0};
  return Explain(outcome, write_needs_);
}

bool TlsStream::IsOpen() {
  if (is_shaken_ || error_ != 0) return error_ == 0;
  ERR_clear_error();
  const int outcome = SSL_do_handshake(ssl_.get());
  is_shaken_ = outcome == 1;
  if (!is_shaken_ && Explain(outcome, handshake_needs_).state != IoResult::State::Wait && error_ == 0) error_ = EPROTO;
  return is_shaken_;
}

IoResult TlsStream::Pending() const {
  return {error_ == 0 ? IoResult::State::Wait : IoResult::State::Error, 0, error_};
}

IoResult TlsStream::Explain(int outcome, Needs &needs) {
  switch (SSL_get_error(ssl_.get(), outcome)) {
    case SSL_ERROR_WANT_READ: needs = Needs::Read; return {IoResult::State::Wait, 0, 0};
    case SSL_ERROR_WANT_WRITE: needs = Needs::Write; return {IoResult::State::Wait, 0, 0};
    case SSL_ERROR_ZERO_RETURN: return {IoResult::State::End, 0, 0};
    default: break;
  }
  // A peer that takes no more may still have something to say.
  const bool reads_on = is_shaken_ && !bio_.HasEnded() && bio_.ReadError() == 0;
  if (reads_on && bio_.WriteError() != 0) return {IoResult::State::Error, 0, bio_.WriteError()};
  error_ = FindError();
  return Pending();
}

int TlsStream::FindError() {
  if (bio_.IsClearText()) {
    RefuseClearText();
    return EPROTO;
  }
  // In this order: after the end of the input OpenSSL tries to send an alert, which may fail too.
  if (bio_.HasEnded()) return ECONNRESET;
  if (bio_.ReadError() != 0) return bio_.ReadError();
  if (bio_.WriteError() != 0) return bio_.WriteError();
  const auto verified = SSL_get_verify_result(ssl_.get());
  LogDebug("TLS failed", {{"reason", LastOpensslReason()}, {"certificate", X509_verify_cert_error_string(verified)}});
  return EPROTO;
}

void TlsStream::RefuseClearText() {
  LogDebug("TLS failed", {{"reason", "the client speaks HTTP in clear"}});
  // What stays unread would make the kernel reset the connection, and the client could miss the answer.
  std::array<char, kReadSize> rest;
  below_->Read(rest);
  below_->Write(
      fmt::format("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
                  "Content-Length: {}\r\nConnection: close\r\n\r\n{}",
                  kTlsOnly.size(), kTlsOnly));
  below_->CloseWrite();
}

void TlsStream::CloseWrite() {
  end_unsent_ = true;
  SendEnd();
  ApplyWants();
}

void TlsStream::SendEnd() {
  ERR_clear_error();
  const bool can_send = is_shaken_ && error_ == 0 && bio_.WriteError() == 0;
  const int outcome = can_send ? SSL_shutdown(ssl_.get()) : 0;
  if (outcome < 0 && SSL_get_error(ssl_.get(), outcome) == SSL_ERROR_WANT_WRITE) return;
  end_unsent_ = false;
  below_->CloseWrite();
}

void TlsStream::Want(bool read, bool write) {
  want_read_ = read;
  want_write_ = write;
  ApplyWants();
}

void TlsStream::ApplyWants() {
  bool read = false;
  bool write = end_unsent_;
  const auto add = [&](bool is_wanted, Needs needs) {
    read = read || (is_wanted && needs == Needs::Read);
    write = write || (is_wanted && needs == Needs::Write);
  };
  if (is_shaken_ || error_ != 0) {
    add(want_read_, read_needs_);
    add(want_write_, write_needs_);
  } else {
    add(want_read_ || want_write_, handshake_needs_);
  }
  below_->Want(read, write);
  if (want_read_ && HasDecoded()) again_.Schedule();
}

bool TlsStream::HasDecoded() const {
  return error_ != 0 || SSL_pending(ssl_.get()) > 0;
}

void TlsStream::OnReady(bool readable, bool writable) {
  if (end_unsent_ && writable) SendEnd();
  bool must_look = error_ != 0;
  if (!is_shaken_ && !must_look) {
    IsOpen();
    if (!is_shaken_ && error_ == 0) return ApplyWants();
    must_look = true;
  }
  const auto is_met = [&](Needs needs) { return must_look || (needs == Needs::Read ? readable : writable); };
  const bool can_read = want_read_ && (is_met(read_needs_) || HasDecoded());
  const bool can_write = want_write_ && is_met(write_needs_);
  if (can_read || can_write) return user_->OnReady(can_read, can_write);
  ApplyWants();
}

StreamSecurity TlsStream::Security() const {
  StreamSecurity security{true, ""};
  const bool is_checked = (SSL_get_verify_mode(ssl_.get()) & SSL_VERIFY_PEER) != 0;
  if (!is_checked || SSL_get_verify_result(ssl_.get()) != X509_V_OK) return security;
  if (X509 *const certificate = SSL_get0_peer_certificate(ssl_.get())) {
    security.certificate_subject = NameOf(certificate);
  }
  return security;
}

}  // namespace lookout
