// SPDX-License-Identifier: Apache-2.0
#include "tunnel/StreamRequest.hxx"

#include <fmt/core.h>

#include "base/Strings.hxx"
#include "tunnel/Limits.hxx"
#include "tunnel/ResponseBody.hxx"

namespace lookout {

StreamRequest::StreamRequest(const TaskContext &context, std::string request_id, Request &&request)
    : context_(context),
      request_id_(std::move(request_id)),
      what_(fmt::format("{} {}", request.head.method, Printable(request.head.target))),
      frames_("stream", "requestId", request_id_),
      lane_(context_.queue, limits::kLaneBudget, [this] { exchange_->Resume(); }),
      keep_alive_(context_.loop, [this] { OnQuiet(); }),
      exchange_(context_.handler.Handle(std::move(request), *this)) {}

void StreamRequest::Abort(std::string_view reason) {
  if (finished_) return;
  OnError({Failure::Kind::Broken, head_sent_ ? std::string(reason) : fmt::format("{}: {}", what_, reason)});
}

void StreamRequest::OnHead(ResponseHead head) {
  if (finished_) return;
  FrameWriter frame("response");
  frame.Data().Member("requestId", request_id_);
  WriteResponseHead(frame.Data(), head);
  frame.Data().Key("isStream").Bool(true);
  lane_.Push(frame.Finish());
  head_sent_ = true;
  keep_alive_.Arm(limits::kStreamKeepAlive);
}

Flow StreamRequest::OnData(std::string_view bytes) {
  Flow flow = Flow::Go;
  if (finished_) return flow;
  while (!bytes.empty()) {
    flow = lane_.Push(frames_.Make(bytes.substr(0, limits::kStreamChunk)));
    bytes.remove_prefix(std::min(bytes.size(), limits::kStreamChunk));
  }
  keep_alive_.Arm(limits::kStreamKeepAlive);
  return flow;
}

void StreamRequest::OnQuiet() {
  // Frames that still wait to be sent keep the controller's timer going by themselves.
  if (lane_.IsEmpty()) lane_.Push(frames_.Make({}));
  keep_alive_.Arm(limits::kStreamKeepAlive);
}

void StreamRequest::OnEnd() {
  if (!finished_) End("complete");
}

void StreamRequest::OnError(Failure failure) {
  if (finished_) return;
  if (head_sent_) return End(failure.message);
  finished_ = true;
  context_.queue.PushControl(MakeErrorFrame(request_id_, failure.message));
  context_.owner.OnTaskFinished(*this);
}

void StreamRequest::End(std::string_view reason) {
  finished_ = true;
  keep_alive_.Cancel();
  FrameWriter frame("stream_end");
  frame.Data().OptionalMember("requestId", request_id_).Member("reason", reason);
  lane_.Push(frame.Finish());
  context_.owner.OnTaskFinished(*this);
}

}  // namespace lookout
