// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/Clock.hxx"
#include "proxy/AnswerObserver.hxx"
#include "proxy/AuditJournal.hxx"
#include "proxy/Exchange.hxx"

namespace lookout {

/**
 * The audit record of one request in the making: added once, when the answer's head is there (duration_ms ends
 * then), when it fails, or, as "cancelled", at destruction. Nothing is added for a request without an audit event.
 * What happens to an answer after its head is not told any more: a record that waits for the end of a stream might
 * come a day late.
 */
class AuditTrail final : public AnswerObserver {
 public:
  AuditTrail(AuditJournal &journal, const Clock &clock, const Request &request);
  ~AuditTrail() override;
  AuditTrail(const AuditTrail &) = delete;
  AuditTrail &operator=(const AuditTrail &) = delete;

  void OnHead(ResponseHead &head) override;
  void OnFailure(const Failure &failure) override;

 private:
  void Finish(std::string_view outcome, int status, std::string_view reason = {});

  AuditJournal &journal_;
  const Clock &clock_;
  TimePoint start_;
  AuditRecord record_;
  const bool is_http_;  // a failure reaches the asker as an HTTP status
  bool done_;
};

}  // namespace lookout
