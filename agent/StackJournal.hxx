// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "agent/ComposeRequest.hxx"
#include "agent/ComposeResult.hxx"
#include "base/Clock.hxx"

namespace lookout {

/**
 * What is going on with each stack, and what was its last result. Results are kept in files of the state directory,
 * so that they can be read after a lost connection and after a restart; of the output the last kMaxKept bytes.
 */
class StackJournal {
 public:
  static constexpr size_t kMaxKept = 64 * 1024;

  /** Work on one stack. Without End() its destruction is recorded as a cancellation. */
  class Ticket {
   public:
    Ticket(StackJournal &journal, const ComposeRequest &request);
    ~Ticket();
    Ticket(const Ticket &) = delete;
    Ticket &operator=(const Ticket &) = delete;

    void End(const ComposeResult &result);

   private:
    friend class StackJournal;

    StackJournal &journal_;
    const std::string directory_;
    const std::string stack_name_;
    const ComposeOperation operation_;
    /** What only looks is not worth remembering. */
    const bool is_kept_;
    const TimePoint started_;
    const int64_t started_at_;  // Unix milliseconds
    bool ended_ = false;
  };

  StackJournal(const Clock &clock, std::string state_directory);

  /** nullptr when another operation runs on that stack; DescribeRunning() says which. */
  std::unique_ptr<Ticket> Begin(const ComposeRequest &request);
  /** `"up" has been running for 12 s`; "" when nothing runs. */
  std::string DescribeRunning(const std::string &directory) const;
  /** The last result as a JSON object; "" when there is none. */
  std::string LastResult(const std::string &directory) const;

 private:
  void Keep(const Ticket &ticket, const ComposeResult &result);
  std::string PathOf(const std::string &directory) const;

  const Clock &clock_;
  const std::string state_directory_;
  const std::string folder_;
  std::map<std::string, const Ticket *> running_;
};

}  // namespace lookout
