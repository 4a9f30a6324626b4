// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/EventLoop.hxx"
#include "proxy/AuditJournal.hxx"
#include "proxy/GateObserver.hxx"
#include "proxy/RequestMetrics.hxx"

namespace lookout {

/** Writes down what the gate decides: in the audit trail, in the metrics, and in the log where somebody must act. */
class GateJournal final : public GateObserver {
 public:
  GateJournal(EventLoop &loop, AuditJournal &audit, RequestMetrics &metrics)
      : clock_(loop.GetClock()), audit_(audit), metrics_(metrics) {}

  void OnRefused(const Request &request, const GateRefusal &refusal) override;
  void OnClockOffset(const Request &request, std::chrono::milliseconds offset) override;
  void OnEnrollment(const Request &request, const EnrollmentReport &report) override;

 private:
  const Clock &clock_;
  AuditJournal &audit_;
  RequestMetrics &metrics_;
  TimePoint next_clock_warning_ = TimePoint::min();
};

}  // namespace lookout
