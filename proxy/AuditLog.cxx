// SPDX-License-Identifier: Apache-2.0
#include "proxy/AuditLog.hxx"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <future>
#include <stdexcept>

#include "base/Log.hxx"
#include "base/UniqueFd.hxx"

namespace lookout {

namespace {

/** How long the destructor waits for a thread that is still writing. */
constexpr auto kLastWait = std::chrono::milliseconds(500);

UniqueFd OpenTarget(const std::string &target) {
  if (target == "stdout") return UniqueFd(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0));
  if (target == "stderr") return UniqueFd(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0));
  return UniqueFd(::open(target.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600));
}

/** A reader of our pipe that goes away must end a write only, not the process. */
void BlockPipeSignal() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace

/** What the thread works on; the loop touches it only while no batch is under way. */
struct AuditLog::Sink {
  std::string target;
  UniqueFd fd;
  bool in_line = false;  // a line was begun and could not be ended

  /** 0, or the errno of the failure. */
  int Reopen();
  int Write(std::string_view text);
};

struct AuditLog::Batch {
  std::string text;
  uint64_t records = 0;
  bool reopen = false;
  int open_error = 0;
  int write_error = 0;
  std::promise<void> done;
};

int AuditLog::Sink::Reopen() {
  UniqueFd fresh = OpenTarget(target);
  if (!fresh.IsOpen()) return errno;
  fd = std::move(fresh);
  in_line = false;
  return 0;
}

int AuditLog::Sink::Write(std::string_view text) {
  if (in_line && ::write(fd.Get(), "\n", 1) != 1) return errno;
  in_line = false;
  while (!text.empty()) {
    const auto written = ::write(fd.Get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<size_t>(written));
    in_line = !text.empty();
  }
  return 0;
}

AuditLog::AuditLog(EventLoop &loop, std::string target) : target_(std::move(target)), worker_(loop, 1) {
  if (target_.empty()) return;
  sink_ = std::make_shared<Sink>();
  sink_->target = target_;
  const int error = sink_->Reopen();
  if (error != 0) {
    throw std::runtime_error(
        fmt::format("cannot open the audit log {} (AUDIT_LOG): {}", target_, std::strerror(error)));
  }
}

AuditLog::~AuditLog() {
  if (!sink_) return;
  if (!batch_) StartBatch();
  const auto limit = std::chrono::steady_clock::now() + kLastWait;
  while (batch_) {
    if (batch_->done.get_future().wait_until(limit) != std::future_status::ready) return;
    OnWritten();
  }
}

void AuditLog::Write(const AuditRecord &record) {
  if (!sink_) return;
  const std::string line = FormatAuditLine(record);
  if (queue_.size() + line.size() > kMaxQueue) {
    NoteLoss(1, "the target does not take them fast enough");
    return;
  }
  queue_ += line;
  ++queued_records_;
  if (!batch_) StartBatch();
}

void AuditLog::Reopen() {
  if (!sink_) return;
  reopen_ = true;
  if (!batch_) StartBatch();
}

void AuditLog::StartBatch() {
  if (queue_.empty() && !reopen_) return;
  batch_ = std::make_shared<Batch>();
  batch_->text.swap(queue_);
  batch_->records = std::exchange(queued_records_, 0);
  batch_->reopen = std::exchange(reopen_, false);
  auto work = [sink = sink_, batch = batch_] {
    BlockPipeSignal();
    if (batch->reopen) batch->open_error = sink->Reopen();
    batch->write_error = sink->Write(batch->text);
    batch->done.set_value();
  };
  task_ = worker_.Submit(std::move(work), [this] { OnWritten(); });
}

void AuditLog::OnWritten() {
  const auto batch = std::exchange(batch_, nullptr);
  if (batch->open_error != 0) {
    LogError("cannot reopen the audit log; the old file stays in use",
             {{"path", target_}, {"error", std::strerror(batch->open_error)}});
  }
  if (batch->write_error != 0) {
    NoteLoss(batch->records, std::strerror(batch->write_error));
  } else if (lost_in_a_row_ > 0 && batch->records > 0) {
    LogWarning("the audit log can be written again", {{"path", target_}, {"lost", lost_in_a_row_}});
    lost_in_a_row_ = 0;
  }
  StartBatch();
}

void AuditLog::NoteLoss(uint64_t records, std::string_view reason) {
  if (lost_in_a_row_ == 0) {
    LogError("audit records are lost: cannot write the audit log", {{"path", target_}, {"error", reason}});
  }
  lost_ += records;
  lost_in_a_row_ += records;
}

}  // namespace lookout
