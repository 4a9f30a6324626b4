// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

struct evp_pkey_st;
struct x509_st;

namespace lookout {

struct KeyDeleter {
  void operator()(evp_pkey_st *key) const;
};
struct CertificateDeleter {
  void operator()(x509_st *certificate) const;
};

/** A certificate and its key, made on the spot. */
struct TestCertificate {
  std::shared_ptr<evp_pkey_st> key;
  std::shared_ptr<x509_st> certificate;

  std::string CertificatePem() const;
  std::string KeyPem() const;
};

struct CertificateWish {
  /** "DNS:hub.test", "IP:::1". */
  std::vector<std::string> names;
  /** Days from now; both negative for an expired one. */
  int valid_from = -1;
  int valid_to = 30;
  /** The common name. */
  std::string subject = "test server";
  /** An RSA key instead of one on P-256. */
  bool is_rsa = false;
};

/** A certificate authority for tests. */
class TestCa {
 public:
  explicit TestCa(const std::string &name);
  const TestCertificate &Root() const { return root_; }
  TestCertificate Issue(const CertificateWish &wish) const;

 private:
  TestCertificate root_;
};

}  // namespace lookout
