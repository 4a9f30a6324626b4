// SPDX-License-Identifier: Apache-2.0
#include "tunnel/LogSnapshot.hxx"

#include <fmt/core.h>

#include <algorithm>

#include "base/JsonText.hxx"
#include "tunnel/AnswerFrames.hxx"
#include "tunnel/Limits.hxx"

namespace lookout {

namespace {

/** The text grows, and is cut back, in steps of this size, so that a long log is not copied for each piece. */
constexpr size_t kStep = limits::kMiB;
/** What the text may come to with its escapes. */
constexpr size_t kMaxJsonText = limits::kMaxLogText + limits::kMaxLogText / 2;

ContainerLogReader::Query MakeSnapshotQuery(const TaskContext &context, const LogRequestFrame &frame) {
  auto query = ContainerLogReader::MakeQuery(frame);
  if (frame.follow) {
    query.until = std::to_string(context.loop.GetClock().UnixSeconds() + limits::kFollowWindow.count());
  }
  return query;
}

}  // namespace

LogSnapshot::LogSnapshot(const TaskContext &context, const LogRequestFrame &frame)
    : context_(context),
      request_id_(frame.request_id),
      container_id_(frame.container_id),
      memory_(context_.queue),
      follow_limit_(context.loop, [this] { Deliver(""); }),
      reader_(context_.loop, context_.handler, context_.origin, MakeSnapshotQuery(context, frame), *this) {
  if (frame.follow) follow_limit_.Arm(limits::kFollowWindow + limits::kFollowGrace);
}

void LogSnapshot::Abort(std::string_view reason) {
  OnLogError(std::string(reason));
}

void LogSnapshot::OnLogText(LogStreamKind, std::string_view bytes) {
  if (finished_) return;
  MakeRoom(bytes.size());
  text_ += bytes;
}

void LogSnapshot::MakeRoom(size_t bytes) {
  const size_t wanted = text_.size() + bytes;
  if (wanted <= memory_.Size()) return;
  if (memory_.Size() < limits::kMaxLogText + kStep && memory_.GrowTo(memory_.Size() + std::max(kStep, bytes))) {
    text_.reserve(memory_.Size());
    return;
  }
  // Full, by our own limit or the connection's: the oldest part makes room.
  const size_t surplus = std::min(text_.size(), std::max(bytes, memory_.Size() / 8));
  text_.erase(0, surplus);
  dropped_ += surplus;
}

void LogSnapshot::OnLogEnd() {
  Deliver("");
}

void LogSnapshot::OnLogError(std::string message) {
  if (text_.empty()) text_ = "error: " + std::exchange(message, {});
  Deliver(message.empty() ? "" : fmt::format("\n[lookout: the log broke off here: {}]\n", message));
}

void LogSnapshot::FitToMessage() {
  const auto fits = [this] {
    const size_t size = JsonStringSize(text_);
    return size <= kMaxJsonText && (memory_.GrowTo(size) || size <= limits::kSmallReply);
  };
  while (!fits()) {
    const size_t surplus = text_.size() / 4;
    text_.erase(0, surplus);
    dropped_ += surplus;
  }
  if (dropped_ == 0) return;
  BeginWithWholeLine();
  text_.insert(0, fmt::format("[lookout: {} bytes of older log left out, the newest part follows; ask for fewer lines "
                              "(tail) or a later start (since)]\n",
                              dropped_));
}

void LogSnapshot::BeginWithWholeLine() {
  const size_t line_end = text_.find('\n');
  // Of one endless line, too, the newest part is worth having.
  if (line_end == std::string::npos || line_end + 1 == text_.size()) return;
  text_.erase(0, line_end + 1);
  dropped_ += line_end + 1;
}

void LogSnapshot::Deliver(std::string_view suffix) {
  if (finished_) return;
  finished_ = true;
  FitToMessage();
  text_ += suffix;
  std::string frame = MakeLogResponse(request_id_, container_id_, text_);
  text_ = std::string();
  memory_.Release();
  OutboundQueue::Lane(context_.queue, limits::kMaxOutbound, nullptr).Push(std::move(frame));
  context_.owner.OnTaskFinished(*this);
}

}  // namespace lookout
