// SPDX-License-Identifier: Apache-2.0
#include "tunnel/LogStream.hxx"

#include "base/Utf8.hxx"
#include "tunnel/AnswerFrames.hxx"
#include "tunnel/FrameWriter.hxx"
#include "tunnel/Limits.hxx"

namespace lookout {

LogStream::LogStream(const TaskContext &context, const LogRequestFrame &frame)
    : context_(context),
      request_id_(frame.request_id),
      container_id_(frame.container_id),
      lane_(context_.queue, limits::kLaneBudget,
            [this] {
              flow_ = Flow::Go;
              if (reader_) reader_->Resume();
            }),
      reader_(std::in_place, context_.loop, context_.handler, context_.origin, ContainerLogReader::MakeQuery(frame),
              static_cast<ContainerLogReader::Handler &>(*this)) {}

void LogStream::Abort(std::string_view) {
  Cancel();
}

void LogStream::Cancel() {
  if (finished_) return;
  reader_.reset();
  lane_.Clear();
  Finish(MakeLogEnd(request_id_, container_id_, "canceled"));
}

void LogStream::OnLogText(LogStreamKind kind, std::string_view bytes) {
  if (finished_) return;
  if (kind != kind_) Flush(false);
  kind_ = kind;
  std::string &gathered = gathered_.at(static_cast<size_t>(kind));
  gathered += bytes;
  if (gathered.size() >= limits::kLogChunk) Flush(false);
}

Flow LogStream::OnLogPause() {
  if (finished_) return Flow::Wait;
  Flush(false);
  return flow_;
}

void LogStream::Flush(bool everything) {
  std::string &gathered = gathered_.at(static_cast<size_t>(kind_));
  std::string_view text = gathered;
  while (text.size() > limits::kLogChunk) {
    auto piece = text.substr(0, limits::kLogChunk);
    piece.remove_suffix(IncompleteUtf8Tail(piece));
    SendChunk(piece);
    text.remove_prefix(piece.size());
  }
  const size_t kept = everything ? 0 : IncompleteUtf8Tail(text);
  SendChunk(text.substr(0, text.size() - kept));
  gathered.erase(0, gathered.size() - kept);
}

void LogStream::SendChunk(std::string_view text) {
  if (text.empty()) return;
  FrameWriter frame("dd:container_log_chunk");
  frame.Data()
      .Member("requestId", request_id_)
      .Member("containerId", container_id_)
      .Member("stream", kind_ == LogStreamKind::Stderr ? "stderr" : "stdout")
      .Member("logs", text);
  flow_ = lane_.Push(frame.Finish());
}

void LogStream::FlushBoth() {
  for (const auto kind : {LogStreamKind::Stdout, LogStreamKind::Stderr}) {
    kind_ = kind;
    Flush(true);
  }
}

void LogStream::OnLogEnd() {
  if (finished_) return;
  FlushBoth();
  Finish(MakeLogEnd(request_id_, container_id_, "eof"));
}

void LogStream::OnLogError(std::string message) {
  if (finished_) return;
  FlushBoth();
  Finish(MakeLogError(request_id_, container_id_, message));
}

void LogStream::Finish(std::string frame) {
  finished_ = true;
  lane_.Push(std::move(frame));
  context_.owner.OnTaskFinished(*this);
}

}  // namespace lookout
