// SPDX-License-Identifier: Apache-2.0
#include "tunnel/TlsContext.hxx"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "tunnel/CertificateError.hxx"
#include "tunnel/SocketAddress.hxx"

namespace lookout {

TlsContext::TlsContext(const TlsSettings &settings, std::string host)
    : settings_(settings),
      host_(std::move(host)),
      is_address_(ParseSocketAddress(host_, 0).has_value()),
      context_(MakeTlsClientContext()) {
  SSL_CTX *const context = context_.get();
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_app_data(context, this);
  SSL_CTX_set_info_callback(context, OnInfo);
  SSL_CTX_set_cert_verify_callback(context, OnVerify, nullptr);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  ExpectHost();
  if (!settings_.skip_verify) LoadRoots();
  if (!settings_.own.certificate.empty()) UseTlsCertificate(context, settings_.own);
}

TlsContext::~TlsContext() {
  // A connection that is just being closed may outlive us and still call back.
  SSL_CTX_set_app_data(context_.get(), nullptr);
}

void TlsContext::LoadRoots() {
  if (settings_.ca_file.empty()) {
    if (SSL_CTX_set_default_verify_paths(context_.get()) != 1) ThrowOpenssl("cannot load the system's CA certificates");
    return;
  }
  TrustCertificates(context_.get(), settings_.ca_file, settings_.ca_setting);
}

void TlsContext::ExpectHost() {
  X509_VERIFY_PARAM *const param = SSL_CTX_get0_param(context_.get());
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  // A certificate for a name never has the dot that can end it.
  const std::string name = host_.ends_with('.') ? host_.substr(0, host_.size() - 1) : host_;
  const int done = is_address_ ? X509_VERIFY_PARAM_set1_ip_asc(param, name.c_str())
                               : X509_VERIFY_PARAM_set1_host(param, name.c_str(), name.size());
  if (done != 1) ThrowOpenssl(fmt::format("cannot verify certificates for {}", host_));
}

void TlsContext::BeginHandshake() {
  is_done_ = false;
  failure_.clear();
}

void TlsContext::OnInfo(const SSL *ssl, int where, int value) noexcept {
  auto *const self = static_cast<TlsContext *>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  if (self == nullptr) return;
  if ((where & SSL_CB_HANDSHAKE_START) != 0) self->OnHandshakeStart(const_cast<SSL *>(ssl));
  // Once done, these are messages of TLS 1.3 behind the handshake.
  if (self->is_done_) return;
  if ((where & SSL_CB_HANDSHAKE_DONE) != 0) self->is_done_ = true;
  if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && self->failure_.empty()) {
    self->failure_ = fmt::format("the peer ended the handshake: {}", SSL_alert_desc_string_long(value));
  }
  if ((where & SSL_CB_CONNECT_EXIT) == SSL_CB_CONNECT_EXIT && value <= 0) self->OnHandshakeFailed();
}

void TlsContext::OnHandshakeStart(SSL *ssl) {
  // libwebsockets has put there what stands before the first colon of the Host header; RFC 6066 wants no address.
  std::string name = host_.substr(0, host_.find_last_not_of('.') + 1);
  SSL_set_tlsext_host_name(ssl, is_address_ ? nullptr : name.data());
}

void TlsContext::OnHandshakeFailed() {
  // Also reached when the handshake only waits for the peer: then the queue is empty.
  if (failure_.empty()) failure_ = LastOpensslReason();
  if (failure_ == "wrong version number") failure_ = "the peer does not speak TLS on this port";
}

int TlsContext::OnVerify(X509_STORE_CTX *store, void *) noexcept {
  const auto *const ssl = static_cast<SSL *>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto *const self = static_cast<TlsContext *>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  return self == nullptr ? 0 : self->Verify(store);
}

int TlsContext::Verify(X509_STORE_CTX *store) {
  // libwebsockets' own callback would accept some errors.
  X509_STORE_CTX_set_verify_cb(store, [](int is_good, X509_STORE_CTX *) { return is_good; });
  if (settings_.skip_verify) {
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
  }
  if (X509_verify_cert(store) == 1) return 1;
  failure_ = DescribeCertificateError(store, host_, settings_.ca_setting, !settings_.ca_file.empty());
  return 0;
}

}  // namespace lookout
