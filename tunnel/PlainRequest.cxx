// SPDX-License-Identifier: Apache-2.0
#include "tunnel/PlainRequest.hxx"

#include <fmt/core.h>

#include <algorithm>

#include "base/Base64.hxx"
#include "base/JsonText.hxx"
#include "base/Strings.hxx"
#include "tunnel/FrameWriter.hxx"
#include "tunnel/Limits.hxx"
#include "tunnel/ResponseBody.hxx"

namespace lookout {

namespace {

/** Memory is reserved in steps of this size, so that a growing body does not ask for each piece. */
constexpr size_t kReserveStep = 64 * limits::kKiB;
/** Room in a response frame for everything but the body. */
constexpr size_t kEnvelopeRoom = 64 * limits::kKiB;

/** What the rest of one usually takes. */
constexpr size_t kHeadRoom = 512;

size_t EncodedSize(BodyForm form, std::string_view body) {
  switch (form) {
    case BodyForm::Text: return JsonStringSize(body);
    case BodyForm::Binary: return Base64EncodedSize(body.size());
    default: return body.size();
  }
}

}  // namespace

PlainRequest::PlainRequest(const TaskContext &context, std::string request_id, Request &&request)
    : context_(context),
      request_id_(std::move(request_id)),
      method_(request.head.method),
      target_(request.head.target),
      memory_(context_.queue),
      exchange_(context_.handler.Handle(std::move(request), *this)) {}

void PlainRequest::Abort(std::string_view reason) {
  if (!finished_) Fail(fmt::format("{}: {}", Title(), reason));
}

void PlainRequest::OnHead(ResponseHead head) {
  head_ = std::move(head);
}

Flow PlainRequest::OnData(std::string_view bytes) {
  if (finished_) return Flow::Wait;
  const size_t needed = body_.size() + bytes.size();
  if (needed > limits::kMaxOutbound) {
    Fail(fmt::format("{}: the reply is larger than the {} MiB that fit into one message to the controller", Title(),
                     limits::kMaxMessage / limits::kMiB));
    return Flow::Wait;
  }
  if (needed > memory_.Size() && !memory_.GrowTo(std::max(needed, memory_.Size() + kReserveStep))) {
    FailForMemory();
    return Flow::Wait;
  }
  body_ += bytes;
  return Flow::Go;
}

void PlainRequest::OnEnd() {
  if (finished_) return;
  const BodyForm form = ClassifyBody(body_);
  if (form == BodyForm::Binary && !context_.base64_bodies) {
    return Fail(fmt::format("{}: the reply is binary ({} bytes, not UTF-8 text), which this protocol cannot carry",
                            Title(), body_.size()));
  }
  const size_t encoded_size = EncodedSize(form, body_);
  if (encoded_size + kEnvelopeRoom > limits::kMaxOutbound) {
    return Fail(fmt::format("{}: the reply ({} bytes) does not fit into one message of {} MiB to the controller",
                            Title(), body_.size(), limits::kMaxMessage / limits::kMiB));
  }
  if (!memory_.GrowTo(encoded_size)) return FailForMemory();
  FrameWriter frame("response", encoded_size + kHeadRoom);
  JsonWriter &data = frame.Data();
  data.Member("requestId", request_id_);
  WriteResponseHead(data, head_);
  if (form == BodyForm::Json) data.Key("body").Raw(body_);
  if (form == BodyForm::Text) data.Member("body", body_);
  if (form == BodyForm::Binary) data.Member("bodyBase64", Base64Encode(body_));
  ReleaseBody();
  Deliver(frame.Finish());
}

void PlainRequest::OnError(Failure failure) {
  if (!finished_) Fail(failure.message);
}

std::string PlainRequest::Title() const {
  return fmt::format("{} {}", method_, Printable(target_));
}

void PlainRequest::FailForMemory() {
  Fail(fmt::format("agent busy: no memory left for the reply to {} (MAX_BUFFERED_BYTES); ask again later", Title()));
}

void PlainRequest::Fail(std::string_view message) {
  ReleaseBody();
  Deliver(MakeErrorFrame(request_id_, message));
}

void PlainRequest::Deliver(std::string frame) {
  finished_ = true;
  if (frame.size() <= limits::kSmallReply) {
    context_.queue.PushControl(std::move(frame));
  } else {
    OutboundQueue::Lane(context_.queue, limits::kMaxOutbound, nullptr).Push(std::move(frame));
  }
  context_.owner.OnTaskFinished(*this);
}

void PlainRequest::ReleaseBody() {
  memory_.Release();
  body_ = std::string();
}

}  // namespace lookout
