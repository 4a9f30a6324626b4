// SPDX-License-Identifier: Apache-2.0
#include "proxy/TlsCertificate.hxx"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <memory>
#include <stdexcept>
#include <string_view>

#include "auth/CredentialFile.hxx"
#include "proxy/TlsBasics.hxx"

namespace lookout {

namespace {

using UniqueBio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using UniqueCertificate = std::unique_ptr<X509, decltype(&X509_free)>;
using UniqueKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

[[noreturn]] void Refuse(const std::string &setting, const std::string &file, std::string_view why) {
  throw std::runtime_error(fmt::format("{}: cannot use {}: {}", setting, file, why));
}

Secret Require(Result<Secret> content, const std::string &setting) {
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

void UseCertificates(SSL_CTX *context, const std::string &file, const std::string &setting) {
  const Secret text = Require(ReadTrustedFile(file, kCertificateFileLimit), setting);
  const UniqueBio source = OpenText(text);
  const UniqueCertificate own(PEM_read_bio_X509_AUX(source.get(), nullptr, RefusePassword, nullptr), X509_free);
  if (!own) Refuse(setting, file, "it holds no PEM certificate that can be read");
  if (SSL_CTX_use_certificate(context, own.get()) != 1) Refuse(setting, file, LastOpensslReason());
  for (;;) {
    const UniqueCertificate next(PEM_read_bio_X509(source.get(), nullptr, RefusePassword, nullptr), X509_free);
    if (!next) break;
    if (SSL_CTX_add1_chain_cert(context, next.get()) != 1) Refuse(setting, file, LastOpensslReason());
  }
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
    Refuse(setting, file, "one of the certificates behind the first cannot be read: " + LastOpensslReason());
  }
  ERR_clear_error();
}

void UseKey(SSL_CTX *context, const TlsCertificateFiles &files) {
  const Secret text = Require(ReadCredentialFile(files.key), files.key_setting);
  const UniqueBio source = OpenText(text);
  const UniqueKey key(PEM_read_bio_PrivateKey(source.get(), nullptr, RefusePassword, nullptr), EVP_PKEY_free);
  if (!key) {
    const bool is_encrypted = text.Reveal().find("ENCRYPTED") != std::string_view::npos;
    Refuse(files.key_setting, files.key,
           is_encrypted ? "the key is encrypted; store it without a password" : "it holds no PEM private key");
  }
  if (X509_check_private_key(SSL_CTX_get0_certificate(context), key.get()) != 1) {
    Refuse(files.key_setting, files.key, "the key does not belong to the certificate in " + files.certificate);
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1) Refuse(files.key_setting, files.key, LastOpensslReason());
}

}  // namespace

void UseTlsCertificate(SSL_CTX *context, const TlsCertificateFiles &files) {
  ERR_clear_error();
  UseCertificates(context, files.certificate, files.certificate_setting);
  UseKey(context, files);
}

}  // namespace lookout
