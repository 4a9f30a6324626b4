// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/Clock.hxx"
#include "proxy/AnswerObserver.hxx"
#include "proxy/AuditLog.hxx"
#include "proxy/Exchange.hxx"

namespace lookout {

/**
 * The audit record of one request in the making: written once, when the answer's head is there (duration_ms ends
 * then), when it fails, or, as "cancelled", at destruction. Nothing is written for a request without an audit event.
 */
class AuditTrail final : public AnswerObserver {
 public:
  AuditTrail(AuditLog &log, const Clock &clock, const Request &request);
  ~AuditTrail() override;
  AuditTrail(const AuditTrail &) = delete;
  AuditTrail &operator=(const AuditTrail &) = delete;

  void OnHead(const ResponseHead &head) override;
  void OnFailure(const Failure &failure) override;

 private:
  void Write(std::string_view outcome, int status);

  AuditLog &log_;
  const Clock &clock_;
  TimePoint start_;
  AuditRecord record_;
  bool written_;
};

}  // namespace lookout
