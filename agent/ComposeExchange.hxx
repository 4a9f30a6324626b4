// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "agent/ComposeProgress.hxx"
#include "agent/ComposeRoute.hxx"
#include "proxy/BodyCollector.hxx"
#include "proxy/ReadyAnswer.hxx"

namespace lookout {

/** One request to the ComposeRoute: body, checks, run, answer. */
class ComposeExchange final : public Exchange, private ComposeRun::Listener {
 public:
  ComposeExchange(ComposeRoute &route, Request request, ResponseSink &sink);
  ~ComposeExchange() override;
  ComposeExchange(const ComposeExchange &) = delete;
  ComposeExchange &operator=(const ComposeExchange &) = delete;

  void Resume() override;

 private:
  void OnOutput(bool is_error_stream, std::string_view bytes) override;
  void OnDone(bool success, std::string error) override;

  void OnBody(tl::expected<std::string, BodyCollector::Fault> body);
  void Begin(ComposeRequest request);
  void Answer(FullResponse response);
  void WriteAudit(std::string_view outcome, const std::string &reason);

  ComposeRoute &route_;
  ResponseSink &sink_;
  AuditRecord audit_;
  const bool wants_progress_;
  BodyCollector collector_;
  ComposeOutput output_;
  std::unique_ptr<StackJournal::Ticket> ticket_;  // while the operation runs
  std::unique_ptr<ComposeProgress> progress_;
  std::unique_ptr<ComposeRun> run_;
  std::unique_ptr<Exchange> answer_;
};

}  // namespace lookout
