// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

struct ssl_ctx_st;

namespace lookout {

/** A certificate of our own, and the names of the settings that say where it is, for errors. */
struct TlsCertificateFiles {
  /** PEM: our certificate and behind it those that lead to its root. */
  std::string certificate;
  /** PEM, not encrypted, with the mode of a credential (auth/CredentialFile). */
  std::string key;
  std::string certificate_setting = "TLS_CERT";
  std::string key_setting = "TLS_KEY";
};

/** At most this much of PEM text is read: a certificate has 1 to 4 KiB, and a chain a handful of them. */
inline constexpr size_t kCertificateFileLimit = 256 * 1024;

/** Throws, naming setting, file and reason, when the files cannot be used or do not belong together. */
void UseTlsCertificate(ssl_ctx_st *context, const TlsCertificateFiles &files);

}  // namespace lookout
