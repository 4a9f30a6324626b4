// SPDX-License-Identifier: Apache-2.0
#include "proxy/AuditTrail.hxx"

#include <chrono>

#include "proxy/FailureStatus.hxx"

namespace lookout {

namespace {

std::string_view OutcomeOf(int status) {
  if (status < 400) return "allowed";
  return status == 401 || status == 403 ? "denied" : "error";
}

}  // namespace

AuditTrail::AuditTrail(AuditJournal &journal, const Clock &clock, const Request &request)
    : journal_(journal),
      clock_(clock),
      start_(clock.Now()),
      is_http_(request.origin.transport == Origin::Transport::Listener),
      done_(request.audit.event.empty() || !journal.IsEnabled()) {
  if (done_) return;
  record_ = MakeAuditRecord(request.audit.event, request);
  record_.container = request.audit.container;
  record_.exec_id = request.audit.exec_id;
}

AuditTrail::~AuditTrail() {
  Finish("cancelled", 0);
}

void AuditTrail::OnHead(ResponseHead &head) {
  Finish(OutcomeOf(head.status), head.status);
}

void AuditTrail::OnFailure(const Failure &failure) {
  const int status = is_http_ ? StatusOfFailure(failure.kind) : 0;
  Finish(failure.kind == Failure::Kind::Refused ? "denied" : "error", status, failure.message);
}

void AuditTrail::Finish(std::string_view outcome, int status, std::string_view reason) {
  if (done_) return;
  done_ = true;
  record_.outcome = outcome;
  record_.reason = reason;
  record_.status = status;
  record_.duration_ms = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.Now() - start_).count();
  journal_.Add(std::move(record_));
}

}  // namespace lookout
