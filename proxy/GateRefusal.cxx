// SPDX-License-Identifier: Apache-2.0
#include "proxy/GateRefusal.hxx"

#include "proxy/OwnNames.hxx"

namespace lookout {

namespace {

constexpr std::chrono::seconds kSoon{1};

GateRefusal RefuseProof(std::string_view reason) {
  GateRefusal refusal;
  refusal.reason = reason;
  return refusal;
}

GateRefusal Overloaded(std::string_view text, std::string_view reason) {
  return {GateRefusal::Kind::NotHeld, 503, std::string(text), std::string(reason), kSoon, nullptr};
}

}  // namespace

GateRefusal RefuseToken() {
  return RefuseProof("bad_token");
}

GateRefusal RefuseUnproven(bool knows_token) {
  return RefuseProof(knows_token ? "bad_token" : "no_credentials");
}

GateRefusal RefuseOtherSite() {
  auto refusal = RefuseProof("other_site");
  refusal.status = 403;
  refusal.text = "requests from other web sites are refused";
  return refusal;
}

GateRefusal RefuseForeignName() {
  auto refusal = RefuseProof("foreign_name");
  refusal.status = 403;
  refusal.text = kForeignNameText;
  return refusal;
}

GateRefusal RefuseSignature(SignatureFault fault, const Dialect &dialect) {
  if (fault == SignatureFault::GuardFull) return Overloaded("too many signed requests; try again later", "nonces_full");
  if (fault == SignatureFault::Forgotten) {
    return Overloaded("signed too long ago to tell whether it was served before; sign it again", "nonces_forgotten");
  }
  auto refusal = RefuseProof(ReasonOf(fault));
  refusal.reason_dialect = &dialect;
  return refusal;
}

GateRefusal RefuseLockedOut(std::chrono::seconds wait) {
  return {GateRefusal::Kind::RateLimited, 429, "too many failed attempts", "locked_out", wait, nullptr};
}

GateRefusal RefuseBusy() {
  return {GateRefusal::Kind::RateLimited, 429,   "authentication verification capacity exceeded",
          "verification_capacity",        kSoon, nullptr};
}

GateRefusal RefuseBody(const HeldBody::Fault &fault) {
  using Kind = HeldBody::Fault::Kind;
  const auto refuse = [](int status, std::string_view text, std::string_view reason) {
    return GateRefusal{GateRefusal::Kind::NotHeld, status, std::string(text), std::string(reason), {}, nullptr};
  };
  switch (fault.kind) {
    case Kind::TooLarge: return refuse(413, "request body too large", "body_too_large");
    case Kind::TimedOut: return refuse(408, "request body read timed out", "body_timed_out");
    case Kind::Broken: return refuse(400, "the request body broke off", "body_broken");
    case Kind::NoRoom: break;
  }
  return Overloaded("the request body cannot be held now; try again later", fault.message);
}

FullResponse MakeRefusalResponse(const GateRefusal &refusal) {
  auto response = MakeTextResponse(refusal.status, refusal.text);
  auto &headers = response.head.headers;
  if (refusal.status == 401) headers.Add("WWW-Authenticate", "Bearer");
  if (refusal.retry_after) headers.Add("Retry-After", std::to_string(refusal.retry_after->count()));
  if (refusal.reason_dialect != nullptr) {
    headers.Add(std::string(refusal.reason_dialect->header_prefix) + "Reason", refusal.reason);
  }
  return response;
}

}  // namespace lookout
