// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/EventLoop.hxx"
#include "base/Result.hxx"
#include "proxy/ByteStream.hxx"
#include "proxy/TlsBasics.hxx"

namespace lookout {

struct ServerTlsSettings {
  /** TLS_CERT and TLS_KEY, see TlsCertificateFiles. */
  std::string certificate_file;
  std::string key_file;
  /** TLS_CLIENT_CA: PEM; clients may then show a certificate, and it must be of one of these. "" asks for none. */
  std::string client_ca_file;
};

/**
 * TLS as the listener speaks it: TLS 1.2 or later with the suites of TlsBasics, key exchange by X25519 or P-256, and
 * by ALPN HTTP/1.1 only. A client that shows no certificate is let in, one that shows a bad one is not. Sessions are
 * resumed by tickets, except where client certificates count, so that each of those is checked anew.
 */
class ServerTlsContext {
 public:
  /** Reads the files. Throws, naming setting, file and reason. */
  explicit ServerTlsContext(ServerTlsSettings settings);

  /**
   * Reads the files again, for connections accepted from now on. When they are not good, everything stays as it was,
   * and the error says why.
   */
  Result<void> Reload();
  /** TLS on a connection that has just been accepted. Throws when OpenSSL has no memory. */
  std::unique_ptr<ByteStream> Accept(EventLoop &loop, std::unique_ptr<ByteStream> connection) const;

 private:
  const ServerTlsSettings settings_;
  UniqueSslContext context_;
};

}  // namespace lookout
