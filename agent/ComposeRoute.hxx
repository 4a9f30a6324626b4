// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "agent/ComposeRun.hxx"
#include "agent/StackJournal.hxx"
#include "base/ChildReaper.hxx"
#include "base/Worker.hxx"
#include "proxy/AuditJournal.hxx"
#include "proxy/Exchange.hxx"

namespace lookout {

/**
 * POST compose: runs one operation on a stack (docs/compose.md). The answer is {"success", "output", "error"} when it
 * is over, or with the query progress=stream one JSON object a line as it goes. An asker that goes away ends the
 * operation.
 */
class ComposeRoute final : public RequestHandler {
 public:
  /** A request of 32 MiB of files has room; an operation holds that and at most ComposeOutput::kLimit. */
  static constexpr size_t kMaxBody = size_t{32} << 20;
  static constexpr size_t kMaxOperations = 8;

  ComposeRoute(EventLoop &loop, DockerEngine &engine, AuditJournal &audit, ComposeSettings settings,
               const std::string &state_directory)
      : audit_(audit),
        reaper_(loop),
        worker_(loop, 1),
        context_{loop, engine, reaper_, worker_, std::move(settings), std::nullopt},
        journal_(loop.GetClock(), state_directory) {}

  std::unique_ptr<Exchange> Handle(Request &&request, ResponseSink &sink) override;
  std::unique_ptr<Duplex> Open(Request &&request, DuplexSink &sink) override;

  const StackJournal &Journal() const { return journal_; }
  void SetDeadlines(const DeadlineSettings &deadlines) { context_.settings.deadlines = deadlines; }

 private:
  friend class ComposeExchange;

  AuditJournal &audit_;
  ChildReaper reaper_;
  Worker worker_;
  ComposeContext context_;
  StackJournal journal_;
  size_t operations_ = 0;
};

}  // namespace lookout
