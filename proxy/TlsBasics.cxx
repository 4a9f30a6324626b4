// SPDX-License-Identifier: Apache-2.0
#include "proxy/TlsBasics.hxx"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cstring>
#include <stdexcept>

namespace lookout {

namespace {

/** The suites of TLS 1.2 with an AEAD cipher and forward secrecy, the strongest first; TLS 1.3 has no others. */
constexpr const char *kTls12Ciphers =
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256";

UniqueSslContext MakeContext(const SSL_METHOD *method) {
  ERR_clear_error();
  UniqueSslContext made(SSL_CTX_new(method));
  SSL_CTX *const context = made.get();
  if (context == nullptr || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(context, kTls12Ciphers) != 1) {
    ThrowOpenssl("cannot set up TLS");
  }
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // Our output buffers grow and move while a write is to be repeated.
  SSL_CTX_set_mode(context,
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return made;
}

}  // namespace

void SslContextDeleter::operator()(SSL_CTX *context) const {
  SSL_CTX_free(context);
}

void SslDeleter::operator()(SSL *ssl) const {
  SSL_free(ssl);
}

UniqueSslContext MakeTlsServerContext() {
  return MakeContext(TLS_server_method());
}

UniqueSslContext MakeTlsClientContext() {
  return MakeContext(TLS_client_method());
}

void TrustCertificates(SSL_CTX *context, const std::string &file, std::string_view setting) {
  ERR_clear_error();
  if (SSL_CTX_load_verify_file(context, file.c_str()) != 1) {
    const auto code = ERR_peek_error();
    const std::string reason =
        ERR_SYSTEM_ERROR(code) ? std::strerror(ERR_GET_REASON(code)) : "it holds no PEM certificate that can be read";
    throw std::runtime_error(fmt::format("{}: cannot use {}: {}", setting, file, reason));
  }
  // Whoever names a certificate trusts it, be it a root or an intermediate one.
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
}

std::string LastOpensslReason() {
  const auto code = ERR_peek_last_error();
  const char *const reason = ERR_reason_error_string(code);
  return reason == nullptr ? "" : reason;
}

void ThrowOpenssl(std::string_view what) {
  throw std::runtime_error(fmt::format("{}: {}", what, LastOpensslReason()));
}

}  // namespace lookout
