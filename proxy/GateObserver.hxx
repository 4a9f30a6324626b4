// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include "proxy/Exchange.hxx"
#include "proxy/GateRefusal.hxx"

namespace lookout {

/** How an attempt to enroll a key ended. */
struct EnrollmentReport {
  int status = 0;
  /** Of the key that may sign now; "" otherwise. */
  std::string key_id;
  /** Why not: what the client was told, or more than that. */
  std::string reason;
};

/** Is told what the gate decides, for audit, metrics and log. */
class GateObserver {
 public:
  virtual ~GateObserver() = default;
  /** The origin names the client's address. */
  virtual void OnRefused(const Request &request, const GateRefusal &refusal) = 0;
  /** A signed request was let in, though the client's clock is this far ahead of ours (behind when negative). */
  virtual void OnClockOffset(const Request &request, std::chrono::milliseconds offset) = 0;
  virtual void OnEnrollment(const Request &request, const EnrollmentReport &report) = 0;
};

}  // namespace lookout
