// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "auth/Dialect.hxx"
#include "auth/RequestSignature.hxx"
#include "proxy/HeldBody.hxx"
#include "proxy/ReadyAnswer.hxx"

namespace lookout {

/** Why the gate lets a request not pass, and what its client is told (docs/listener.md, "Refusals"). */
struct GateRefusal {
  enum class Kind {
    Unproven,     // no proof, or a wrong one: 401, or 403 where it is another's
    RateLimited,  // too many failures, or too much to verify: 429
    NotHeld,      // the signed body could not be read or kept: 408, 413, 503
  };

  Kind kind = Kind::Unproven;
  int status = 401;
  /** For the client. */
  std::string text = "unauthorized";
  /** For audit and metrics: "bad_token", "no_credentials", "replay", ... */
  std::string reason;
  std::optional<std::chrono::seconds> retry_after;
  /** Tells the client the reason, in this dialect; only for signatures. */
  const Dialect *reason_dialect = nullptr;
};

GateRefusal RefuseToken();
/** Nothing was presented; `knows_token`: a token could have been, so that this counts as an empty one. */
GateRefusal RefuseUnproven(bool knows_token);
/** What would prove it comes with every request of a browser, whoever had it sent; see WebOrigin. */
GateRefusal RefuseOtherSite();
/** Asked by a name that is not this host's, where nothing has to be proved; see OwnNames. */
GateRefusal RefuseForeignName();
GateRefusal RefuseSignature(SignatureFault fault, const Dialect &dialect);
GateRefusal RefuseLockedOut(std::chrono::seconds wait);
GateRefusal RefuseBusy();
GateRefusal RefuseBody(const HeldBody::Fault &fault);

FullResponse MakeRefusalResponse(const GateRefusal &refusal);

}  // namespace lookout
