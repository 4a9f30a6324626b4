// SPDX-License-Identifier: Apache-2.0
#include "proxy/AuditTrail.hxx"

#include <chrono>

namespace lookout {

namespace {

std::string_view OutcomeOf(int status) {
  if (status < 400) return "allowed";
  return status == 401 || status == 403 ? "denied" : "error";
}

}  // namespace

AuditTrail::AuditTrail(AuditLog &log, const Clock &clock, const Request &request)
    : log_(log), clock_(clock), start_(clock.Now()), written_(request.audit.event.empty() || !log.IsEnabled()) {
  if (written_) return;
  record_.event = request.audit.event;
  record_.actor = request.origin.actor;
  record_.method = request.head.method.substr(0, AuditLog::kMaxField);
  record_.path = request.head.target.substr(0, AuditLog::kMaxField);
  record_.container = request.audit.container;
  record_.exec_id = request.audit.exec_id;
}

AuditTrail::~AuditTrail() {
  Write("cancelled", 0);
}

void AuditTrail::OnHead(const ResponseHead &head) {
  Write(OutcomeOf(head.status), head.status);
}

void AuditTrail::OnFailure(const Failure &failure) {
  Write(failure.kind == Failure::Kind::Refused ? "denied" : "error", 0);
}

void AuditTrail::Write(std::string_view outcome, int status) {
  if (written_) return;
  written_ = true;
  record_.outcome = outcome;
  record_.status = status;
  record_.duration_ms = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.Now() - start_).count();
  log_.Write(record_);
}

}  // namespace lookout
