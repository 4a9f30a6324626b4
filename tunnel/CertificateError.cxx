// SPDX-License-Identifier: Apache-2.0
#include "tunnel/CertificateError.hxx"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <openssl/x509v3.h>

#include <array>
#include <memory>

#include "base/Strings.hxx"

namespace lookout {

namespace {

/** Enough to recognise the certificate; a hostile one may hold thousands. */
constexpr int kMaxNames = 8;

struct BioDeleter {
  void operator()(BIO *bio) const { BIO_free(bio); }
};
struct NamesDeleter {
  void operator()(GENERAL_NAMES *names) const { GENERAL_NAMES_free(names); }
};
using UniqueBio = std::unique_ptr<BIO, BioDeleter>;

std::string_view TextOf(const UniqueBio &bio) {
  char *data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<size_t>(size)};
}

std::string_view BytesOf(const ASN1_STRING *text) {
  return {reinterpret_cast<const char *>(ASN1_STRING_get0_data(text)), static_cast<size_t>(ASN1_STRING_length(text))};
}

std::string TimeOf(const ASN1_TIME *time) {
  const UniqueBio bio(BIO_new(BIO_s_mem()));
  ASN1_TIME_print(bio.get(), time);
  return Printable(TextOf(bio));
}

std::string IssuerOf(const X509 *certificate) {
  const UniqueBio bio(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(bio.get(), X509_get_issuer_name(certificate), 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  return Printable(TextOf(bio), 160);
}

std::string TextOf(const GENERAL_NAME &name) {
  if (name.type == GEN_DNS) return Printable(BytesOf(name.d.dNSName), 80);
  if (name.type != GEN_IPADD) return "";
  const auto bytes = BytesOf(name.d.iPAddress);
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (bytes.size() == 4) inet_ntop(AF_INET, bytes.data(), text.data(), text.size());
  if (bytes.size() == 16) inet_ntop(AF_INET6, bytes.data(), text.data(), text.size());
  return text.data();
}

/** The names and addresses the certificate is for, separated by commas; "" when it has none. */
std::string NamesOf(const X509 *certificate) {
  const std::unique_ptr<GENERAL_NAMES, NamesDeleter> names(
      static_cast<GENERAL_NAMES *>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::string list;
  const int count = names == nullptr ? 0 : sk_GENERAL_NAME_num(names.get());
  for (int i = 0; i < count && i < kMaxNames; ++i) {
    const auto text = TextOf(*sk_GENERAL_NAME_value(names.get(), i));
    if (!text.empty()) list += (list.empty() ? "" : ", ") + text;
  }
  return count > kMaxNames ? list + ", ..." : list;
}

std::string DescribeWrongName(const X509 *certificate, const std::string &host) {
  const auto names = NamesOf(certificate);
  if (names.empty())
    return fmt::format("the certificate is not for {}: it names no host (subjectAltName) at all", host);
  return fmt::format("the certificate is not for {} but for {}", host, names);
}

std::string DescribeUnknownIssuer(const X509 *certificate, const std::string &ca_setting, bool has_own_ca) {
  const auto issuer = IssuerOf(certificate);
  if (has_own_ca) {
    return fmt::format("the certificate was issued by \"{}\", which is not in {} (which replaces the system's CAs)",
                       issuer, ca_setting);
  }
  return fmt::format(
      "the certificate was issued by \"{}\", which this system does not trust; set {} to the "
      "issuer's certificate, or install the ca-certificates package if it is a public one",
      issuer, ca_setting);
}

}  // namespace

std::string DescribeCertificateError(X509_STORE_CTX *store, const std::string &host, const std::string &ca_setting,
                                     bool has_own_ca) {
  const int error = X509_STORE_CTX_get_error(store);
  const X509 *const certificate = X509_STORE_CTX_get_current_cert(store);
  const X509 *const leaf = X509_STORE_CTX_get0_cert(store);
  if (certificate == nullptr || leaf == nullptr) return X509_verify_cert_error_string(error);
  const std::string_view which = certificate == leaf ? "the certificate" : "an issuer's certificate";
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return fmt::format("{} expired on {}; renew it (or correct this host's clock)", which,
                         TimeOf(X509_get0_notAfter(certificate)));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return fmt::format("{} is valid only from {} on; correct this host's clock", which,
                         TimeOf(X509_get0_notBefore(certificate)));
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return DescribeWrongName(leaf, host);
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: return DescribeUnknownIssuer(certificate, ca_setting, has_own_ca);
    default: return fmt::format("the certificate was refused: {}", X509_verify_cert_error_string(error));
  }
}

}  // namespace lookout
