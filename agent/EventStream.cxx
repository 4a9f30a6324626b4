// SPDX-License-Identifier: Apache-2.0
#include "agent/EventStream.hxx"

#include <fmt/core.h>

#include "base/JsonText.hxx"
#include "base/Log.hxx"
#include "proxy/ReadyAnswer.hxx"

namespace lookout {

std::unique_ptr<Exchange> EventStreams::TryRefuse(EventLoop &loop, ResponseSink &sink) const {
  if (!closed_ && count_ < kMaxStreams) return nullptr;
  auto response = MakeTextResponse(
      503, closed_ ? "the agent is shutting down"
                   : fmt::format("too many event streams are open (at most {}); close one", kMaxStreams));
  response.head.headers.Add("Retry-After", "10");
  return MakeReadyExchange(loop, sink, std::move(response));
}

void EventStreams::Close(std::string_view reason) {
  closed_ = true;
  streams_.Tell([&](EventStream &stream) { stream.End(reason); });
}

EventStream::EventStream(EventLoop &loop, EventStreams &streams, std::string client, ResponseSink &sink)
    : sink_(sink),
      streams_(streams),
      client_(std::move(client)),
      pump_(loop, [this] { Pump(); }),
      heartbeat_(loop,
                 [this] {
                   heartbeat_.Arm(kHeartbeat);
                   if (begun_ && !waiting_ && !frame_ && !ended_) Write(": heartbeat\n\n");
                 }),
      stall_(loop, [this] { End("the client takes nothing"); }) {
  streams_.streams_.Add(*this);
  ++streams_.count_;
  heartbeat_.Arm(kHeartbeat);
  pump_.Schedule();
}

EventStream::~EventStream() {
  if (!ended_) Leave();
}

void EventStream::Leave() {
  --streams_.count_;
  streams_.streams_.Remove(*this);
}

void EventStream::Resume() {
  if (!waiting_ || ended_) return;
  waiting_ = false;
  stall_.Cancel();
  pump_.Schedule();
}

void EventStream::Wake() {
  if (!ended_) pump_.Schedule();
}

void EventStream::End(std::string_view reason) {
  if (ended_ || !end_reason_.empty()) return;
  end_reason_ = reason;
  pump_.Schedule();
}

void EventStream::Begin() {
  begun_ = true;
  sink_.OnHead(
      {200, "OK", {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-cache"}, {"X-Accel-Buffering", "no"}}});
}

bool EventStream::HasFrame() {
  if (frame_ || !end_reason_.empty()) return frame_ != nullptr;
  frame_ = NextFrame();
  sent_ = 0;
  return frame_ != nullptr;
}

void EventStream::Pump() {
  if (ended_) return;
  if (!begun_) Begin();
  while (!waiting_ && HasFrame()) {
    const auto piece = std::string_view(*frame_).substr(sent_, kPiece);
    sent_ += piece.size();
    Write(piece);
    if (sent_ == frame_->size()) frame_.reset();
  }
  if (!end_reason_.empty()) Finish();
}

void EventStream::Write(std::string_view bytes) {
  waiting_ = sink_.OnData(bytes) == Flow::Wait;
  if (waiting_) stall_.Arm(kMaxStall);
}

void EventStream::Finish() {
  ended_ = true;
  Leave();
  stall_.Cancel();
  heartbeat_.Cancel();
  LogInfo("an event stream was ended", {{"client", client_}, {"reason", end_reason_}});
  // In the middle of a frame: a new line only, for a blank one would complete what is not complete.
  sink_.OnData(fmt::format("{}: stream ended: {}\n{}", frame_ ? "\n" : "", end_reason_, frame_ ? "" : "\n"));
  frame_.reset();
  sink_.OnEnd();
}

SharedFrame MakeDataFrame(std::string_view json) {
  return std::make_shared<const std::string>("data: " + EscapeJsonMarkup(json) + "\n\n");
}

}  // namespace lookout
