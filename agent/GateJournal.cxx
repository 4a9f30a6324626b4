// SPDX-License-Identifier: Apache-2.0
#include "agent/GateJournal.hxx"

#include "base/Log.hxx"

namespace lookout {

namespace {

/** A client whose clock is off may send many requests. */
constexpr std::chrono::minutes kClockWarningPause{1};

std::string_view EventOf(GateRefusal::Kind kind) {
  switch (kind) {
    case GateRefusal::Kind::Unproven: return "auth_failure";
    case GateRefusal::Kind::RateLimited: return "rate_limited";
    case GateRefusal::Kind::NotHeld: break;
  }
  return "api_request";
}

}  // namespace

void GateJournal::OnRefused(const Request &request, const GateRefusal &refusal) {
  using Kind = GateRefusal::Kind;
  if (refusal.kind == Kind::Unproven) metrics_.OnAuthFailure(refusal.reason);
  if (refusal.kind == Kind::RateLimited) metrics_.OnRateLimited();
  auto record = MakeAuditRecord(EventOf(refusal.kind), request);
  record.outcome = refusal.kind == Kind::NotHeld ? "error" : "denied";
  record.reason = refusal.reason;
  record.status = refusal.status;
  audit_.AddRefusal(std::move(record));
}

void GateJournal::OnClockOffset(const Request &request, std::chrono::milliseconds offset) {
  if (clock_.Now() < next_clock_warning_) return;
  next_clock_warning_ = clock_.Now() + kClockWarningPause;
  LogWarning(
      "a client's clock is off; its signatures will be refused when it is off further "
      "(MAX_CLOCK_SKEW_SECONDS); synchronise the clocks of both hosts",
      {{"client", request.origin.actor},
       {"key_id", request.origin.key_id},
       {"seconds_ahead", std::chrono::duration_cast<std::chrono::seconds>(offset).count()}});
}

void GateJournal::OnEnrollment(const Request &request, const EnrollmentReport &report) {
  auto record = MakeAuditRecord("enrollment", request);
  record.outcome = report.status == 200 ? "allowed" : report.status == 500 ? "error" : "denied";
  record.key_id = report.key_id;
  record.reason = report.reason;
  record.status = report.status;
  if (report.status == 429) metrics_.OnRateLimited();
  if (report.status != 200) {
    if (report.status == 500) LogError("a key could not be enrolled", {{"reason", report.reason}});
    return audit_.AddRefusal(std::move(record));
  }
  LogInfo("a key was enrolled; the enrollment token is used up",
          {{"key_id", report.key_id}, {"client", request.origin.actor}});
  audit_.Add(std::move(record));
}

}  // namespace lookout
