// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

struct x509_store_ctx_st;

namespace lookout {

/**
 * Why a certificate was refused, for the person who must mend it: what is wrong, with the names and dates the
 * certificate has, and what to do. `host` is what was dialled, `has_own_ca` whether `ca_setting` (CA_CERT) is in use.
 * The certificate's texts are escaped and cut.
 */
std::string DescribeCertificateError(x509_store_ctx_st *store, const std::string &host, const std::string &ca_setting,
                                     bool has_own_ca);

}  // namespace lookout
