// SPDX-License-Identifier: Apache-2.0
#include "tests/support/TestPki.hxx"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace lookout {

namespace {

std::string PemOf(const BIO *bio) {
  char *data = nullptr;
  const long size = BIO_get_mem_data(const_cast<BIO *>(bio), &data);
  return {data, static_cast<size_t>(size)};
}

std::shared_ptr<EVP_PKEY> MakeKey(bool is_rsa = false) {
  if (is_rsa) return {EVP_RSA_gen(2048), KeyDeleter()};
  return {EVP_EC_gen("P-256"), KeyDeleter()};
}

void AddExtension(X509 *certificate, X509 *issuer, int nid, const std::string &value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION *const extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  if (extension == nullptr) throw std::runtime_error("cannot make the extension " + value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

/** Everything but names, extensions and signature. */
std::shared_ptr<X509> MakeBlank(EVP_PKEY *key, const std::string &name, int valid_from, int valid_to) {
  static long serial = 1;
  std::shared_ptr<X509> certificate(X509_new(), CertificateDeleter());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
  X509_time_adj_ex(X509_getm_notBefore(certificate.get()), valid_from, 0, nullptr);
  X509_time_adj_ex(X509_getm_notAfter(certificate.get()), valid_to, 0, nullptr);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char *>(name.c_str()), -1, -1, 0);
  return certificate;
}

}  // namespace

void KeyDeleter::operator()(EVP_PKEY *key) const {
  EVP_PKEY_free(key);
}

void CertificateDeleter::operator()(X509 *certificate) const {
  X509_free(certificate);
}

std::string TestCertificate::CertificatePem() const {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_X509(bio.get(), certificate.get());
  return PemOf(bio.get());
}

std::string TestCertificate::KeyPem() const {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return PemOf(bio.get());
}

TestCa::TestCa(const std::string &name) {
  root_.key = MakeKey();
  root_.certificate = MakeBlank(root_.key.get(), name, -100, 3650);
  X509 *const root = root_.certificate.get();
  X509_set_issuer_name(root, X509_get_subject_name(root));
  AddExtension(root, root, NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(root, root, NID_subject_key_identifier, "hash");
  X509_sign(root, root_.key.get(), EVP_sha256());
}

TestCertificate TestCa::Issue(const CertificateWish &wish) const {
  TestCertificate made;
  made.key = MakeKey(wish.is_rsa);
  made.certificate = MakeBlank(made.key.get(), wish.subject, wish.valid_from, wish.valid_to);
  X509 *const certificate = made.certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(root_.certificate.get()));
  std::string names;
  for (const auto &name : wish.names) names += (names.empty() ? "" : ",") + name;
  if (!names.empty()) AddExtension(certificate, root_.certificate.get(), NID_subject_alt_name, names);
  AddExtension(certificate, root_.certificate.get(), NID_authority_key_identifier, "keyid");
  X509_sign(certificate, root_.key.get(), EVP_sha256());
  return made;
}

}  // namespace lookout
