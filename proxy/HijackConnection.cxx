// SPDX-License-Identifier: Apache-2.0
#include "proxy/HijackConnection.hxx"

#include <fmt/core.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "base/Strings.hxx"
#include "proxy/HijackRequest.hxx"
#include "proxy/UnixConnector.hxx"

namespace lookout {

namespace {

/** Of a body, before others have their turn: a peer on this host may take it as fast as it comes. */
constexpr size_t kBlocksPerTurn = 8;

std::string DescribeStreamError(int error) {
  if (error == EPROTO) return "TLS failed; the server may have refused our certificate";
  return std::generic_category().message(error);
}

HijackOptions EngineOptions(const std::string &socket_path, const Request &request) {
  HijackOptions options;
  options.where = "socket " + Printable(socket_path);
  if (request.deadlines) options.connect = request.deadlines->connect;
  return options;
}

}  // namespace

HijackConnection::HijackConnection(EventLoop &loop, std::unique_ptr<StreamConnector> connector, HijackOptions options,
                                   Request &&request, DuplexSink &sink)
    : loop_(loop),
      connector_(std::move(connector)),
      options_(std::move(options)),
      title_(request.head.method + " " + Printable(request.head.Path())),
      request_(std::move(request)),
      sink_(sink),
      step_(loop, [this] { phase_ == Phase::Connecting ? Connect() : Deliver(); }),
      pump_(loop, [this] { OnOutput(); }),
      deadline_(loop, [this] { OnDeadline(); }) {
  step_.Schedule();
  deadline_.Arm(options_.connect);
}

HijackConnection::HijackConnection(EventLoop &loop, const std::string &socket_path, Request &&request, DuplexSink &sink)
    : HijackConnection(loop, std::make_unique<UnixConnector>(loop, socket_path), EngineOptions(socket_path, request),
                       std::move(request), sink) {}

HijackConnection::~HijackConnection() = default;

void HijackConnection::Connect() {
  connector_->Connect([this](StreamConnector::Outcome outcome) { OnConnected(std::move(outcome)); });
}

void HijackConnection::OnConnected(StreamConnector::Outcome outcome) {
  if (phase_ != Phase::Connecting) return;
  if (!outcome) return FailWith(outcome.error().kind, outcome.error().message);
  BufferedStreamUser &self = *this;
  stream_ = std::make_unique<BufferedStream>(loop_, std::move(*outcome), self);
  SendRequest();
}

void HijackConnection::SendRequest() {
  BodyShape shape;
  if (request_.body) shape = {true, request_.body->Length()};
  body_left_ = request_.body ? shape.length : 0;
  const auto head = MakeHijackHead(request_.head, {options_.host, options_.is_upgrade, shape});
  if (!head) return FailWith(Failure::Kind::BadRequest, head.error().message);
  phase_ = Phase::AwaitHead;
  deadline_.Cancel();
  stream_->Write(*head);
  stream_->SetReadLimit(kReadSize);
  PumpBody();
}

void HijackConnection::PumpBody() {
  size_t blocks = 0;
  while (!body_sent_ && stream_->Unsent() < kHighWater && ++blocks <= kBlocksPerTurn && PumpBodyOnce()) continue;
  if (blocks > kBlocksPerTurn) pump_.Arm(Duration::zero());
  if (phase_ == Phase::AwaitHead) ArmDeadline();
}

/** False when the source has nothing more for now. */
bool HijackConnection::PumpBodyOnce() {
  if (!request_.body) {
    EndBody();
    return false;
  }
  std::array<char, kReadSize> block;
  const auto chunk = request_.body->Read(block);
  switch (chunk.state) {
    case BodySource::Chunk::State::Data: WriteBody({block.data(), chunk.size}); return true;
    case BodySource::Chunk::State::End: EndBody(); return false;
    case BodySource::Chunk::State::Wait: request_.body->NotifyReady([this] { PumpBody(); }); return false;
    case BodySource::Chunk::State::Error: break;
  }
  FailWith(Failure::Kind::BadRequest, "the request's body broke off");
  return false;
}

void HijackConnection::WriteBody(std::string_view bytes) {
  if (!body_left_) {
    std::string chunk;
    AppendChunk(chunk, bytes);
    return stream_->Write(chunk);
  }
  if (bytes.size() > *body_left_) {
    return FailWith(Failure::Kind::BadRequest, "the request's body is longer than announced");
  }
  *body_left_ -= bytes.size();
  stream_->Write(bytes);
  // At once: the engine may answer before the source is asked again.
  if (body_left_ == 0U) EndBody();
}

void HijackConnection::EndBody() {
  body_sent_ = true;
  if (!body_left_) stream_->Write(kLastChunk);
  if (body_left_.value_or(0) > 0) {
    FailWith(Failure::Kind::BadRequest, "the request's body is shorter than announced");
  }
}

/** The engine has to do something now, or, while the asker's body is awaited, it has not. */
void HijackConnection::ArmDeadline() {
  const bool waits_for_asker = !body_sent_ && stream_->Unsent() == 0;
  if (waits_for_asker || options_.head == Duration::zero()) return deadline_.Cancel();
  deadline_.Arm(options_.head);
}

void HijackConnection::OnDeadline() {
  FailWith(Failure::Kind::TimedOut,
           phase_ == Phase::Connecting ? connector_->WaitingFor() : "the engine did not answer in time");
}

void HijackConnection::OnOutput() {
  if (phase_ == Phase::AwaitHead && !pump_.IsArmed()) PumpBody();
  if (!IsSwitched() || !sender_waits_ || stream_->Unsent() > 0) return;
  sender_waits_ = false;
  sink_.OnDrained();
}

void HijackConnection::OnOutputError(int) {
  // The engine may have answered before it stopped reading: what it sent is read first.
  body_sent_ = true;
  if (phase_ == Phase::AwaitHead) ArmDeadline();
  OnOutput();
}

void HijackConnection::OnInputEnd(int error) {
  input_ended_ = true;
  input_error_ = error;
  Deliver();
}

void HijackConnection::Resume() {
  if (!paused_) return;
  paused_ = false;
  if (phase_ == Phase::Ended) return;
  stream_->SetReadLimit(kReadSize);
  step_.Schedule();
}

Flow HijackConnection::Send(std::string_view bytes) {
  if (close_requested_ || phase_ == Phase::Body || phase_ == Phase::Ended) return Flow::Go;
  if (IsSwitched()) {
    stream_->Write(bytes);
  } else {
    held_.Append(bytes);
  }
  if (Unsent() <= kHighWater) return Flow::Go;
  sender_waits_ = true;
  return Flow::Wait;
}

void HijackConnection::CloseWrite() {
  close_requested_ = true;
  if (IsSwitched()) stream_->CloseWrite();
}

size_t HijackConnection::Unsent() const {
  return IsSwitched() ? stream_->Unsent() : held_.Size();
}

void HijackConnection::Deliver() {
  if (phase_ == Phase::AwaitHead) ReadHead();
  if (phase_ == Phase::Raw && !paused_) DeliverRaw();
  if (phase_ == Phase::Body && !paused_) DeliverBody();
  const bool is_over = phase_ == Phase::HalfOpen || phase_ == Phase::Ended;
  if (input_ended_ && !paused_ && !is_over) DeliverEnd();
}

void HijackConnection::ReadHead() {
  auto &input = stream_->Input();
  while (phase_ == Phase::AwaitHead && !input.IsEmpty()) {
    input.Consume(head_reader_.Push(input.View()));
    if (head_reader_.GetState() == HeadReader::State::More) return;
    const bool failed = head_reader_.GetState() == HeadReader::State::Failed;
    auto message = failed ? tl::unexpected(head_reader_.GetError()) : ParseResponse(head_reader_.Text());
    if (!message) {
      return FailWith(Failure::Kind::Broken, "invalid answer: " + message.error().message);
    }
    head_reader_.Reset();
    if (message->head.status >= 200 || message->head.status == 101) return OnFinalHead(std::move(*message));
    if (++interim_answers_ > kMaxInterimAnswers) {
      return FailWith(Failure::Kind::Broken, "the engine sends interim answers only");
    }
  }
}

void HijackConnection::OnFinalHead(ResponseMessage message) {
  if (message.head.status == 101) {
    if (!options_.is_upgrade) return FailWith(Failure::Kind::Broken, "an upgrade that nobody asked for");
    if (!body_sent_) {
      return FailWith(Failure::Kind::Broken, "the engine switched protocols before it had the whole request");
    }
    OpenRaw();
    return sink_.OnHead(std::move(message.head));
  }
  const auto framing =
      ParseResponseFraming(message.head.status, message.head.headers, message.version, request_.head.method);
  if (!framing) {
    return FailWith(Failure::Kind::Broken, "invalid answer: " + framing.error().message);
  }
  deadline_.Cancel();
  phase_ = Phase::Body;
  body_sent_ = true;
  held_.Clear();
  framer_.emplace(*framing);
  StripHopByHop(message.head.headers);
  sink_.OnHead(std::move(message.head));
}

void HijackConnection::OpenRaw() {
  deadline_.Cancel();
  phase_ = Phase::Raw;
  request_.body.reset();
  stream_->Write(held_.View());
  held_.Clear();
  held_.Release();
  if (close_requested_) stream_->CloseWrite();
}

void HijackConnection::DeliverRaw() {
  auto &input = stream_->Input();
  if (input.IsEmpty()) return;
  Emit(input.View());
  input.Clear();
  stream_->UpdateWants();
}

void HijackConnection::DeliverBody() {
  auto &input = stream_->Input();
  while (!paused_ && !framer_->IsDone()) {
    const auto step = framer_->Next(input.View());
    if (!step) {
      return FailWith(Failure::Kind::Broken, "invalid answer: " + step.error().message);
    }
    if (step->used == 0) break;
    if (!step->body.empty()) Emit(step->body);
    input.Consume(step->used);
  }
  stream_->UpdateWants();
  if (framer_->IsDone() && !paused_) Finish();
}

void HijackConnection::DeliverEnd() {
  if (input_error_ == 0 && (phase_ == Phase::Raw || (phase_ == Phase::Body && framer_->FinishAtEof()))) {
    return Finish();
  }
  const std::string when = phase_ == Phase::AwaitHead ? "no answer: " : "the answer broke off: ";
  FailWith(Failure::Kind::Broken,
           when + (input_error_ == 0 ? "the engine closed the connection" : DescribeStreamError(input_error_)));
}

void HijackConnection::Emit(std::string_view bytes) {
  if (sink_.OnData(bytes) == Flow::Go) return;
  paused_ = true;
  stream_->SetReadLimit(0);
}

void HijackConnection::Finish() {
  stream_->SetReadLimit(0);
  phase_ = phase_ == Phase::Raw ? Phase::HalfOpen : Phase::Ended;
  sink_.OnEnd();
}

void HijackConnection::FailWith(Failure::Kind kind, std::string_view text) {
  if (phase_ == Phase::Ended) return;
  phase_ = Phase::Ended;
  body_sent_ = true;
  deadline_.Cancel();
  if (stream_) stream_->SetReadLimit(0);
  sink_.OnError({kind, fmt::format("sending {} {}: {} ({})", options_.what, title_, text, options_.where)});
}

}  // namespace lookout
