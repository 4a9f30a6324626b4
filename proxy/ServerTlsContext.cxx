// SPDX-License-Identifier: Apache-2.0
#include "proxy/ServerTlsContext.hxx"

#include <openssl/ssl.h>

#include <exception>
#include <stdexcept>
#include <string_view>

#include "auth/CredentialFile.hxx"
#include "proxy/TlsCertificate.hxx"
#include "proxy/TlsStream.hxx"

namespace lookout {

namespace {

/** The elements of an ALPN list: a length, and a name of that length (RFC 7301). */
constexpr std::string_view kHttp11 = "\x08http/1.1";
constexpr std::string_view kSessionContext = "lookout";

void AskForCertificates(SSL_CTX *context, const std::string &file) {
  if (const auto content = ReadTrustedFile(file, kCertificateFileLimit); !content) {
    throw std::runtime_error("TLS_CLIENT_CA: " + content.error().message);
  }
  TrustCertificates(context, file, "TLS_CLIENT_CA");
  SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(file.c_str()));
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(context, 0);
}

int ChooseProtocol(SSL *, const unsigned char **chosen, unsigned char *size, const unsigned char *offered,
                   unsigned int offered_size, void *) noexcept {
  const auto *const ours = reinterpret_cast<const unsigned char *>(kHttp11.data());
  unsigned char *found = nullptr;
  const auto outcome = SSL_select_next_proto(&found, size, ours, kHttp11.size(), offered, offered_size);
  *chosen = found;
  return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

UniqueSslContext Load(const ServerTlsSettings &settings) {
  auto made = MakeTlsServerContext();
  SSL_CTX *const context = made.get();
  if (SSL_CTX_set1_groups_list(context, "X25519:P-256") != 1) ThrowOpenssl("cannot set up TLS");
  SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_alpn_select_cb(context, ChooseProtocol, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char *>(kSessionContext.data()),
                                 kSessionContext.size());
  UseTlsCertificate(context, {settings.certificate_file, settings.key_file});
  if (!settings.client_ca_file.empty()) AskForCertificates(context, settings.client_ca_file);
  return made;
}

}  // namespace

ServerTlsContext::ServerTlsContext(ServerTlsSettings settings)
    : settings_(std::move(settings)), context_(Load(settings_)) {}

Result<void> ServerTlsContext::Reload() {
  try {
    context_ = Load(settings_);
    return {};
  } catch (const std::exception &error) {
    return Fail(error.what());
  }
}

std::unique_ptr<ByteStream> ServerTlsContext::Accept(EventLoop &loop, std::unique_ptr<ByteStream> connection) const {
  return std::make_unique<TlsStream>(loop, std::move(connection), context_.get(), TlsStream::Role::Server);
}

}  // namespace lookout
