// SPDX-License-Identifier: Apache-2.0
#include "proxy/ServerTlsContext.hxx"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <exception>
#include <stdexcept>
#include <string_view>

#include "auth/CredentialFile.hxx"
#include "proxy/TlsStream.hxx"

namespace lookout {

namespace {

/** A certificate has 1 to 4 KiB, and a chain a handful of them. */
constexpr size_t kCertificateFileLimit = 256 * 1024;
/** The elements of an ALPN list: a length, and a name of that length (RFC 7301). */
constexpr std::string_view kHttp11 = "\x08http/1.1";
constexpr std::string_view kSessionContext = "lookout";

using UniqueBio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using UniqueCertificate = std::unique_ptr<X509, decltype(&X509_free)>;
using UniqueKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

[[noreturn]] void Refuse(std::string_view setting, const std::string &file, std::string_view why) {
  throw std::runtime_error(fmt::format("{}: cannot use {}: {}", setting, file, why));
}

Secret Require(Result<Secret> content, std::string_view setting) {
  if (!content) throw std::runtime_error(fmt::format("{}: {}", setting, content.error().message));
  return std::move(*content);
}

UniqueBio OpenText(const Secret &text) {
  return {BIO_new_mem_buf(text.Reveal().data(), static_cast<int>(text.Reveal().size())), BIO_free};
}

/** Without it OpenSSL asks the terminal for the password of an encrypted key. */
int RefusePassword(char *, int, int, void *) noexcept {
  return -1;
}

void UseCertificates(SSL_CTX *context, const std::string &file) {
  const Secret text = Require(ReadTrustedFile(file, kCertificateFileLimit), "TLS_CERT");
  const UniqueBio source = OpenText(text);
  const UniqueCertificate own(PEM_read_bio_X509_AUX(source.get(), nullptr, RefusePassword, nullptr), X509_free);
  if (!own) Refuse("TLS_CERT", file, "it holds no PEM certificate that can be read");
  if (SSL_CTX_use_certificate(context, own.get()) != 1) Refuse("TLS_CERT", file, LastOpensslReason());
  for (;;) {
    const UniqueCertificate next(PEM_read_bio_X509(source.get(), nullptr, RefusePassword, nullptr), X509_free);
    if (!next) break;
    if (SSL_CTX_add1_chain_cert(context, next.get()) != 1) Refuse("TLS_CERT", file, LastOpensslReason());
  }
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
    Refuse("TLS_CERT", file, "one of the certificates behind the first cannot be read: " + LastOpensslReason());
  }
  ERR_clear_error();
}

void UseKey(SSL_CTX *context, const std::string &file, const std::string &certificate_file) {
  const Secret text = Require(ReadCredentialFile(file), "TLS_KEY");
  const UniqueBio source = OpenText(text);
  const UniqueKey key(PEM_read_bio_PrivateKey(source.get(), nullptr, RefusePassword, nullptr), EVP_PKEY_free);
  if (!key) {
    const bool is_encrypted = text.Reveal().find("ENCRYPTED") != std::string_view::npos;
    Refuse("TLS_KEY", file,
           is_encrypted ? "the key is encrypted; store it without a password" : "it holds no PEM private key");
  }
  if (X509_check_private_key(SSL_CTX_get0_certificate(context), key.get()) != 1) {
    Refuse("TLS_KEY", file, "the key does not belong to the certificate in " + certificate_file);
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1) Refuse("TLS_KEY", file, LastOpensslReason());
}

void AskForCertificates(SSL_CTX *context, const std::string &file) {
  Require(ReadTrustedFile(file, kCertificateFileLimit), "TLS_CLIENT_CA");
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
  UseCertificates(context, settings.certificate_file);
  UseKey(context, settings.key_file, settings.certificate_file);
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
