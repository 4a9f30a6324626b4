// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "base/IpAddress.hxx"
#include "proxy/Exchange.hxx"
#include "proxy/GateContext.hxx"
#include "proxy/LaterAnswer.hxx"

namespace lookout {

/**
 * Finds out whether one request may pass. The kind of proof is chosen once, by what the request shows, and a wrong one
 * is not rescued by another: a signature, else a token, else a client certificate.
 *
 * An address that is locked out gets no token checked. A signature whose fields are in order (known key, good time,
 * fresh nonce) still is: it cannot be guessed, and a stranger behind the same address must not keep its owner out. So
 * do client certificates pass.
 */
class GateCheck final : public AnswerWork {
 public:
  using Verdict = tl::expected<Request, GateRefusal>;
  /** Comes once: from inside Start(), or later from the loop. A Request is ready to be handed on. */
  using OnVerdict = std::function<void(Verdict)>;

  /** `request`: its origin names the client's address already. */
  GateCheck(GateContext &context, Request &&request, IpAddress client, OnVerdict on_verdict);

  void Start();

 private:
  void CheckSignature(const Dialect &dialect);
  void OnBody(tl::expected<HeldBody::Whole, HeldBody::Fault> body);
  void FinishSignature(const Sha256Digest &body);
  void CheckToken(std::string_view token);
  void CheckTokenHash(std::string_view token);
  void RefuseWithoutProof();
  void AdmitWithoutProof();
  /** For a proof that a browser would give in the name of any page; others are given on purpose. */
  void AdmitUnlessOtherSite(std::string_view method);

  bool RefuseIfLockedOut();
  void Admit(std::string_view method, std::string_view key_id = {});
  /** `counts`: as one of the client's failures. */
  void Refuse(GateRefusal refusal, bool counts);

  GateContext &context_;
  const std::shared_ptr<GateVerifiers> verifiers_;
  Request request_;
  const IpAddress client_;
  OnVerdict on_verdict_;
  const Dialect *dialect_ = nullptr;  // of the signature
  std::optional<PendingSignature> signature_;
  std::unique_ptr<HeldBody> body_;
  std::unique_ptr<TokenHashCheck::Wait> wait_;
};

}  // namespace lookout
