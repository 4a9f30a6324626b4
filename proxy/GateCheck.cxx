// SPDX-License-Identifier: Apache-2.0
#include "proxy/GateCheck.hxx"

#include <chrono>
#include <string>

#include "auth/PresentedToken.hxx"
#include "proxy/WebOrigin.hxx"

namespace lookout {

namespace {

/** Below this a clock that is off is nobody's trouble yet. */
constexpr std::chrono::seconds kWorthTelling{30};

std::string_view FieldOf(const HeaderList &headers, std::string_view name) {
  const auto *const value = headers.Find(name);
  return value == nullptr ? std::string_view() : *value;
}

std::string_view FieldOf(const HeaderList &headers, const Dialect &dialect, std::string_view name) {
  return FieldOf(headers, std::string(dialect.header_prefix).append(name));
}

/** The family whose signature the request has, or nullptr. */
const Dialect *FindSignature(const HeaderList &headers) {
  for (const auto *const dialect : {&kPortwingDialect, &kLookoutDialect}) {
    if (!FieldOf(headers, *dialect, "Signature").empty()) return dialect;
  }
  return nullptr;
}

SignatureFields SignatureFieldsOf(const HeaderList &headers, const Dialect &dialect) {
  return {FieldOf(headers, dialect, "Key-ID"), FieldOf(headers, dialect, "Timestamp"),
          FieldOf(headers, dialect, "Nonce"), FieldOf(headers, dialect, "Signature"),
          FieldOf(headers, dialect, "Signature-Version")};
}

bool IsClientsFault(SignatureFault fault) {
  return fault != SignatureFault::GuardFull && fault != SignatureFault::Forgotten;
}

std::string_view TokenOf(const HeaderList &headers) {
  return FindPresentedToken({FieldOf(headers, "Authorization"), FieldOf(headers, kPortwingDialect, "Token"),
                             FieldOf(headers, kLookoutDialect, "Token"), FieldOf(headers, "X-Dd-Agent-Secret")});
}

}  // namespace

GateCheck::GateCheck(GateContext &context, Request &&request, IpAddress client, OnVerdict on_verdict)
    : context_(context),
      verifiers_(context.verifiers),
      request_(std::move(request)),
      client_(client),
      on_verdict_(std::move(on_verdict)) {}

void GateCheck::Start() {
  const auto &headers = request_.head.headers;
  if (verifiers_->is_open) return AdmitWithoutProof();
  const auto *const dialect = context_.keys.IsConfigured() ? FindSignature(headers) : nullptr;
  if (dialect != nullptr) return CheckSignature(*dialect);
  if (const auto token = TokenOf(headers); !token.empty()) return CheckToken(token);
  if (verifiers_->takes_certificates && !request_.origin.certificate_subject.empty()) {
    return AdmitUnlessOtherSite("certificate");
  }
  RefuseWithoutProof();
}

void GateCheck::CheckSignature(const Dialect &dialect) {
  dialect_ = &dialect;
  const auto &head = request_.head;
  auto pending = context_.signatures.CheckHead(context_.keys.Keys(), SignatureFieldsOf(head.headers, dialect),
                                               head.method, head.target);
  if (!pending) {
    if (RefuseIfLockedOut()) return;
    return Refuse(RefuseSignature(pending.error(), dialect), IsClientsFault(pending.error()));
  }
  signature_ = std::move(*pending);
  if (!request_.body) return FinishSignature(Sha256({}));
  body_ = std::make_unique<HeldBody>(context_.loop, context_.room, client_, std::move(request_.body),
                                     [this](auto body) { OnBody(std::move(body)); });
}

void GateCheck::OnBody(tl::expected<HeldBody::Whole, HeldBody::Fault> body) {
  if (!body) return Refuse(RefuseBody(body.error()), false);
  request_.body = std::move(body->body);
  FinishSignature(body->digest);
}

void GateCheck::FinishSignature(const Sha256Digest &body) {
  const auto checked = context_.signatures.CheckBody(context_.keys.Keys(), *signature_, body);
  if (!checked) {
    return Refuse(RefuseSignature(checked.error(), *dialect_), IsClientsFault(checked.error()));
  }
  request_.origin.key_id = signature_->key_id;
  const auto offset = signature_->clock_offset;
  if (offset > kWorthTelling || offset < -kWorthTelling) context_.observer.OnClockOffset(request_, offset);
  Admit("signature", signature_->key_id);
}

void GateCheck::CheckToken(std::string_view token) {
  if (RefuseIfLockedOut()) return;
  if (verifiers_->token_hash) return CheckTokenHash(token);
  if (!verifiers_->token) return Refuse(RefuseUnproven(false), true);
  if (!verifiers_->token->Verify(token)) return Refuse(RefuseToken(), true);
  Admit("token");
}

void GateCheck::CheckTokenHash(std::string_view token) {
  auto &check = *verifiers_->token_hash;
  if (check.IsKnown(token)) return Admit("token-hash");
  wait_ = check.Begin(token, client_, [this](bool is_right) {
    if (is_right) return Admit("token-hash");
    Refuse(RefuseToken(), false);  // TokenHashCheck has counted it
  });
  if (!wait_) Refuse(RefuseBusy(), false);
}

void GateCheck::RefuseWithoutProof() {
  if (RefuseIfLockedOut()) return;
  Refuse(RefuseUnproven(verifiers_->KnowToken()), true);
}

void GateCheck::AdmitWithoutProof() {
  if (!verifiers_->own_names.Accept(request_)) return Refuse(RefuseForeignName(), false);
  AdmitUnlessOtherSite("none");
}

void GateCheck::AdmitUnlessOtherSite(std::string_view method) {
  if (IsFromOtherSite(request_.head.headers)) return Refuse(RefuseOtherSite(), false);
  Admit(method);
}

bool GateCheck::RefuseIfLockedOut() {
  const auto wait = context_.failures.Wait(client_);
  if (!wait) return false;
  Refuse(RefuseLockedOut(*wait), false);
  return true;
}

void GateCheck::Admit(std::string_view method, std::string_view key_id) {
  request_.origin.auth_method = method;
  request_.origin.key_id = key_id;
  on_verdict_(std::move(request_));
}

void GateCheck::Refuse(GateRefusal refusal, bool counts) {
  if (counts) context_.failures.RecordFailure(client_);
  context_.observer.OnRefused(request_, refusal);
  on_verdict_(tl::unexpected(std::move(refusal)));
}

}  // namespace lookout
