// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct ssl_ctx_st;
struct ssl_st;

namespace lookout {

struct SslContextDeleter {
  void operator()(ssl_ctx_st *context) const;
};
using UniqueSslContext = std::unique_ptr<ssl_ctx_st, SslContextDeleter>;

struct SslDeleter {
  void operator()(ssl_st *ssl) const;
};
using UniqueSsl = std::unique_ptr<ssl_st, SslDeleter>;

/**
 * What every TLS of ours has, for clients and servers: TLS 1.2 or later, only suites with an AEAD cipher and forward
 * secrecy, no renegotiation, no compression, buffers given back while idle. Throws when OpenSSL cannot do that.
 */
UniqueSslContext MakeTlsServerContext();
UniqueSslContext MakeTlsClientContext();

/**
 * Trusts the certificates of a PEM file, be they roots or intermediate ones, and no others. Throws, naming `setting`
 * and file, when it cannot be read or holds no certificate.
 */
void TrustCertificates(ssl_ctx_st *context, const std::string &file, std::string_view setting);

/** The reason of OpenSSL's newest error in words, "" when there is none; the queue stays as it is. */
std::string LastOpensslReason();
/** Throws std::runtime_error: "what: reason". */
[[noreturn]] void ThrowOpenssl(std::string_view what);

}  // namespace lookout
