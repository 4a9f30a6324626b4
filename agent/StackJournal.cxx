// SPDX-License-Identifier: Apache-2.0
#include "agent/StackJournal.hxx"

#include <fmt/core.h>
#include <sys/stat.h>

#include "auth/CredentialFile.hxx"
#include "auth/Encoding.hxx"
#include "base/JsonValue.hxx"
#include "base/JsonWriter.hxx"
#include "base/Log.hxx"
#include "base/Utf8.hxx"

namespace lookout {

namespace {

/** The kept output as JSON: a control character may need six bytes. */
constexpr size_t kMaxFile = 8 * StackJournal::kMaxKept;

bool IsWorthKeeping(const ComposeRequest &request) {
  return !request.dry_run && request.operation != ComposeOperation::Ps && request.operation != ComposeOperation::Logs;
}

std::string_view Tail(std::string_view text) {
  return text.substr(text.size() - std::min(text.size(), StackJournal::kMaxKept));
}

}  // namespace

StackJournal::Ticket::Ticket(StackJournal &journal, const ComposeRequest &request)
    : journal_(journal),
      directory_(request.directory),
      stack_name_(request.stack_name),
      operation_(request.operation),
      is_kept_(IsWorthKeeping(request)),
      started_(journal.clock_.Now()),
      started_at_(journal.clock_.UnixMillis()) {
  journal_.running_.emplace(directory_, this);
}

StackJournal::Ticket::~Ticket() {
  if (!ended_) End(ComposeResult::Failed("cancelled: whoever asked has gone; the tool was stopped"));
  journal_.running_.erase(directory_);
}

void StackJournal::Ticket::End(const ComposeResult &result) {
  ended_ = true;
  if (is_kept_) journal_.Keep(*this, result);
}

StackJournal::StackJournal(const Clock &clock, std::string state_directory)
    : clock_(clock), state_directory_(std::move(state_directory)), folder_(state_directory_ + "/stacks") {}

std::unique_ptr<StackJournal::Ticket> StackJournal::Begin(const ComposeRequest &request) {
  if (running_.contains(request.directory)) return nullptr;
  return std::make_unique<Ticket>(*this, request);
}

std::string StackJournal::DescribeRunning(const std::string &directory) const {
  const auto found = running_.find(directory);
  if (found == running_.end()) return {};
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(clock_.Now() - found->second->started_);
  return fmt::format("\"{}\" has been running for {} s", NameOf(found->second->operation_), seconds.count());
}

std::string StackJournal::PathOf(const std::string &directory) const {
  return fmt::format("{}/{}.json", folder_, Sha256Hex(directory));
}

void StackJournal::Keep(const Ticket &ticket, const ComposeResult &result) {
  JsonWriter json;
  json.BeginObject().Member("stack", ticket.stack_name_).Member("operation", NameOf(ticket.operation_));
  json.Key("success").Bool(result.success).OptionalMember("error", result.error);
  json.Member("startedAt", FormatTimestamp(ticket.started_at_));
  json.Member("finishedAt", FormatTimestamp(clock_.UnixMillis()));
  json.Member("output", ReplaceInvalidUtf8(Tail(result.output))).End();
  ::mkdir(state_directory_.c_str(), 0750);
  ::mkdir(folder_.c_str(), 0700);
  const auto written = ReplaceCredentialFile(PathOf(ticket.directory_), json.Take());
  if (written) return;
  LogWarning("the result of a compose operation is not kept",
             {{"stack", ticket.stack_name_}, {"reason", written.error().message}});
}

std::string StackJournal::LastResult(const std::string &directory) const {
  const auto content = ReadCredentialFile(PathOf(directory), kMaxFile);
  if (!content || !ParseJson(content->Reveal())) return {};
  return std::string(content->Reveal());
}

}  // namespace lookout
