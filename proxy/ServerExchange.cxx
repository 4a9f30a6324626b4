// SPDX-License-Identifier: Apache-2.0
#include "proxy/ServerExchange.hxx"

#include <utility>

#include "base/Strings.hxx"
#include "proxy/FailureStatus.hxx"
#include "proxy/Limits.hxx"
#include "proxy/StreamingRule.hxx"

namespace lookout {

namespace {

/** Bytes; a longer head only takes longer to write. */
constexpr size_t kUsualHead = 512;

/** The Date of an answer: it changes once a second, whatever the number of answers. */
const std::string &DateOf(int64_t unix_seconds) {
  thread_local int64_t second = -1;
  thread_local std::string date;
  if (std::exchange(second, unix_seconds) != unix_seconds) date = FormatHttpDate(unix_seconds);
  return date;
}

/** Clients that would rather speak HTTP/2 say so with every request, with its settings; they take HTTP/1.1 as well. */
bool AsksForUpgrade(const RequestMessage &message) {
  const auto &headers = message.head.headers;
  return message.version == HttpVersion::V11 && headers.HasToken("Connection", "upgrade") && headers.Has("Upgrade") &&
         !headers.Has("HTTP2-Settings");
}

/** What a handler gets: framing and expectations are ours, and so are all hop-by-hop fields but an upgrade. */
void CleanHead(HeaderList &headers, bool keep_upgrade) {
  const auto upgrade = headers.Joined("Upgrade");
  StripHopByHop(headers);
  headers.Remove("Content-Length");
  headers.Remove("Expect");
  if (!keep_upgrade || !upgrade) return;
  headers.Add("Connection", "Upgrade");
  headers.Add("Upgrade", *upgrade);
}

}  // namespace

ServerExchange::ServerExchange(EventLoop &loop, BufferedStream &stream, const InboundDeadlines &deadlines, Host &host)
    : loop_(loop), stream_(stream), deadlines_(deadlines), host_(host), timer_(loop, [this] { OnTimer(); }) {}

ServerExchange::~ServerExchange() = default;

void ServerExchange::Start(RequestMessage message, Origin origin, RequestHandler &handler) {
  auto &headers = message.head.headers;
  keep_alive_ = message.version == HttpVersion::V11 && !headers.HasToken("Connection", "close");
  writer_ = std::make_unique<ResponseWriter>(message.head.method, message.version);
  body_ = std::make_unique<InboundBody>(message.framing, stream_, [this] { OnBodyAwaited(); });
  if (const auto expect = headers.Joined("Expect"); expect && message.version == HttpVersion::V11) {
    if (!EqualsIgnoreCase(*expect, "100-continue")) {
      return AnswerError(417, "only \"Expect: 100-continue\" is supported");
    }
    expects_continue_ = !body_->IsDone();
  }
  // "OPTIONS *" is about the server, not about anything on it (RFC 9110 section 9.3.7).
  if (message.head.target == "*") return Answer({{200, "", {{"Content-Length", "0"}}}, ""});
  is_stream_ = IsStreamingTarget(message.head.target);
  const bool is_upgrade = AsksForUpgrade(message);
  CleanHead(headers, is_upgrade);
  Request request;
  request.head = std::move(message.head);
  request.origin = std::move(origin);
  if (message.framing.kind != BodyFraming::Kind::None) request.body = body_->MakeSource();
  if (is_upgrade) {
    duplex_ = handler.Open(std::move(request), *this);
  } else {
    exchange_ = handler.Handle(std::move(request), *this);
  }
}

void ServerExchange::Refuse(const HttpError &error) {
  keep_alive_ = false;
  writer_ = std::make_unique<ResponseWriter>("GET", HttpVersion::V11);
  body_ = std::make_unique<InboundBody>(BodyFraming{}, stream_, [] {});
  AnswerError(error.status, error.message);
}

void ServerExchange::OnInput() {
  if (state_ == State::Switched) return Relay();
  if (body_->IsAwaited()) timer_.Cancel();
  body_->OnInput();
}

bool ServerExchange::OnInputEnd() {
  input_ended_ = true;
  if (state_ == State::Switched) {
    if (duplex_) duplex_->CloseWrite();
    if (output_ended_) Finish(Outcome::Close);
    return true;
  }
  if (!body_->IsDone()) return false;
  if (state_ != State::Done) timer_.Arm(deadlines_.half_closed);
  return true;
}

void ServerExchange::OnOutput() {
  if (input_ended_ && state_ != State::Switched && timer_.IsArmed()) timer_.Arm(deadlines_.half_closed);
  if (!source_waits_ || stream_.Unsent() > kInboundLowWater) return;
  source_waits_ = false;
  if (exchange_) exchange_->Resume();
  if (duplex_) duplex_->Resume();
}

void ServerExchange::OnTimer() {
  if (state_ == State::AwaitHead && !input_ended_) {
    return AnswerError(408, "the body of the request did not come in time");
  }
  Finish(state_ == State::Switched ? Outcome::Close : Outcome::Abort);
}

void ServerExchange::OnBodyAwaited() {
  if (expects_continue_ && state_ == State::AwaitHead) stream_.Write("HTTP/1.1 100 Continue\r\n\r\n");
  expects_continue_ = false;
  if (!input_ended_) timer_.Arm(deadlines_.body_stall);
}

void ServerExchange::OnHead(ResponseHead head) {
  if (state_ != State::AwaitHead) return;
  if (head.status == 101 && duplex_) return Switch(head);
  body_->DiscardIfUnread();
  BeginAnswer(std::move(head), !keep_alive_ || !body_->IsDone() || host_.IsDraining());
}

void ServerExchange::BeginAnswer(ResponseHead head, bool close) {
  state_ = State::Answering;
  std::string out;
  out.reserve(kUsualHead);
  writer_->Begin(out, std::move(head), close, DateOf(loop_.GetClock().UnixSeconds()));
  stream_.Write(out);
}

void ServerExchange::Switch(const ResponseHead &head) {
  if (!body_->IsDone()) return Finish(Outcome::Abort);
  timer_.Cancel();
  state_ = State::Switched;
  stream_.Write(MakeSwitchingHead(head));
  Relay();
  if (input_ended_) duplex_->CloseWrite();
}

Flow ServerExchange::OnData(std::string_view bytes) {
  if (state_ == State::Switched) {
    stream_.Write(bytes);
    return AfterWrite();
  }
  if (state_ != State::Answering) return Flow::Go;
  std::string room;
  const auto framed = writer_->Frame(bytes, room);
  if (!framed) {
    Finish(Outcome::Abort);
    return Flow::Wait;
  }
  stream_.Write(*framed);
  return AfterWrite();
}

Flow ServerExchange::AfterWrite() {
  if (stream_.Unsent() <= kInboundHighWater) return Flow::Go;
  source_waits_ = true;
  return Flow::Wait;
}

void ServerExchange::OnEnd() {
  if (state_ == State::Switched) {
    output_ended_ = true;
    stream_.CloseWrite();
    if (input_ended_) return Finish(Outcome::Close);
    return timer_.Arm(deadlines_.idle);
  }
  if (state_ != State::Answering) return;
  std::string out;
  if (!writer_->Finish(out, trailers_)) return Finish(Outcome::Abort);
  stream_.Write(out);
  Finish(writer_->MustClose() ? Outcome::Close : Outcome::Reuse);
}

void ServerExchange::OnError(Failure failure) {
  if (state_ == State::AwaitHead) return AnswerError(StatusOfFailure(failure.kind), failure.message);
  if (state_ != State::Done) Finish(Outcome::Abort);
}

void ServerExchange::AnswerError(int status, std::string_view text) {
  Answer(MakeTextResponse(status, text));
}

void ServerExchange::Answer(FullResponse response) {
  body_->DiscardIfUnread();
  BeginAnswer(std::move(response.head), !keep_alive_ || !body_->IsDone() || host_.IsDraining());
  OnData(response.body);
  OnEnd();
}

void ServerExchange::Relay() {
  if (output_ended_) timer_.Arm(deadlines_.idle);
  auto &input = stream_.Input();
  if (input.IsEmpty()) return;
  const auto flow = duplex_->Send(input.View());
  input.Clear();
  stream_.SetReadLimit(flow == Flow::Wait ? 0 : kInboundReadAhead);
}

void ServerExchange::OnDrained() {
  if (state_ == State::Switched) stream_.SetReadLimit(kInboundReadAhead);
}

void ServerExchange::Finish(Outcome outcome) {
  if (outcome == Outcome::Abort && (state_ == State::Switched || (writer_ && writer_->EndsWithConnection()))) {
    stream_.MakeAbortive();
  }
  state_ = State::Done;
  timer_.Cancel();
  host_.OnExchangeDone(outcome);
}

}  // namespace lookout
