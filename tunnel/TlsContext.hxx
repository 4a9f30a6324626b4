// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "proxy/TlsBasics.hxx"
#include "proxy/TlsCertificate.hxx"

struct ssl_ctx_st;
struct ssl_st;
struct x509_store_ctx_st;

namespace lookout {

struct TlsSettings {
  /** PEM file whose certificates are trusted instead of the system's; "" is the system's. */
  std::string ca_file;
  /** No check of the peer's certificate at all. The owner warns on every connect. */
  bool skip_verify = false;
  /** What names the file, for errors. */
  std::string ca_setting = "CA_CERT";
  /** Shown to a peer that asks for one; its certificate is "" for none. */
  TlsCertificateFiles own;
};

/**
 * How TLS to one host is spoken: TLS 1.2 or later, authenticated ciphers only (AEAD), the peer's certificate checked
 * for `host`. libwebsockets makes the connections; its own ideas of trust are all overruled here: it would load
 * certificates from "../share", only add to the system's roots, and cut an IPv6 host at its first colon.
 */
class TlsContext {
 public:
  /** Throws when a file cannot be read or holds no certificate. `host` is a name or an address. */
  TlsContext(const TlsSettings &settings, std::string host);
  ~TlsContext();
  TlsContext(const TlsContext &) = delete;
  TlsContext &operator=(const TlsContext &) = delete;

  ssl_ctx_st *Get() const { return context_.get(); }

  /** Forgets the last handshake; called before each connection. */
  void BeginHandshake();
  bool IsHandshakeDone() const { return is_done_; }
  /** The handshake is done and the certificate was checked. */
  bool IsVerified() const { return is_done_ && !settings_.skip_verify; }
  /** Why the last handshake failed, for the user; "" when nothing is known. */
  const std::string &Failure() const { return failure_; }

 private:
  void LoadRoots();
  void ExpectHost();
  void OnHandshakeStart(ssl_st *ssl);
  void OnHandshakeFailed();
  int Verify(x509_store_ctx_st *store);
  static void OnInfo(const ssl_st *ssl, int where, int value) noexcept;
  static int OnVerify(x509_store_ctx_st *store, void *) noexcept;

  const TlsSettings settings_;
  const std::string host_;
  const bool is_address_;
  bool is_done_ = false;
  std::string failure_;
  UniqueSslContext context_;
};

}  // namespace lookout
