// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/ServerPlay.hxx"

#include <fmt/core.h>

#include "base/Log.hxx"
#include "base/Strings.hxx"
#include "proxy/BodyFramer.hxx"
#include "proxy/HttpParser.hxx"
#include "proxy/Limits.hxx"
#include "tests/fuzz/Require.hxx"

namespace lookout {

namespace {

constexpr std::array<size_t, 6> kSizes = {1, 30, 500, 500, 4000, 80'000};
constexpr std::array<size_t, 4> kPieces = {32 * 1024, 1, 7, 1500};
constexpr std::array<int, 5> kMillis = {1, 100, 2500, 11'000, 61'000};
constexpr size_t kAll = 64 * 1024 * 1024;

}  // namespace

ServerPlay::ServerPlay(ByteScript script) : script_(script) {
  ConfigureLog(LogLevel::Error, LogFormat::Text);
  handler_.on_call = [this](Call &call) { OnCall(call); };
  peer_.takes = kAll;
  connection_ =
      std::make_unique<ServerConnection>(loop_, std::make_unique<MemoryStream>(peer_), PeerName{"peer", "::1"},
                                         deadlines_, handler_, static_cast<ServerConnection::Owner &>(*this));
}

void ServerPlay::Run() {
  while (!script_.IsEmpty() && closes_ == 0) {
    Step();
    Settle();
    CheckStep();
  }
  if (closes_ == 0) Finish();
  CheckAnswers();
  const size_t sent = peer_.from_server.size();
  Settle();
  Require(closes_ == 1 && peer_.from_server.size() == sent, "after the close nothing is sent");
  connection_.reset();
  for (const auto &call : handler_.calls) Require(call->gone, "no exchange outlives its connection");
}

void ServerPlay::OnCall(const Call &call) {
  // Bodies are read when the script says so.
  handler_.calls.back()->hold_body = script_.Flag();
  progress_.push_back({peer_.read});
  CheckCall(call);
}

void ServerPlay::CheckCall(const Call &call) const {
  const auto &head = call.request.head;
  Require(head.target != "/ambiguous", "an ambiguous head is never passed on");
  Require(IsValidMethod(head.method) && IsValidTarget(head.target), "a head that is passed on is valid");
  for (const auto &header : head.headers) {
    Require(IsValidHeaderName(header.name) && IsValidHeaderValue(header.value), "its fields are valid");
  }
  for (const auto *const name : {"Transfer-Encoding", "Content-Length", "Keep-Alive", "TE", "Trailer", "Expect"}) {
    Require(!head.headers.Has(name), "hop-by-hop fields and framing stay behind");
  }
  for (size_t i = 0; i + 1 < handler_.calls.size(); ++i) Require(handler_.calls[i]->gone, "one request at a time");
  if (is_sound_)
    Require(head.target == written_.at(handler_.calls.size() - 1).target, "requests are passed on in order");
}

void ServerPlay::Step() {
  switch (script_.Below(8)) {
    case 0:
    case 1: {
      auto request = WriteRequest(script_, written_.size());
      if (peer_.sends_end) return;
      peer_.to_server += request.bytes;
      if (request.kind != WrittenRequest::Kind::Sound) is_sound_ = false;
      return written_.push_back(std::move(request));
    }
    case 2: return ClientStep();
    case 3: clock_.Advance(std::chrono::milliseconds(script_.Of(kMillis))); return;
    default: return HandlerStep();
  }
}

void ServerPlay::ClientStep() {
  switch (script_.Below(12)) {
    case 0: peer_.sends_end = true; break;
    case 1: peer_.is_reset = true; break;
    case 2:
      peer_.is_reset = true;
      peer_.user->OnHangUp();
      break;
    case 3:
    case 4: peer_.takes = 0; break;
    case 5: peer_.takes = script_.Below(256) * 64; break;
    case 6: connection_->Drain(); break;
    case 7: {
      const auto bytes = script_.Take(1 + script_.Below(40));
      if (!peer_.sends_end) peer_.to_server += bytes;
      is_sound_ = false;
      break;
    }
    case 8: peer_.piece = script_.Of(kPieces); break;
    default: peer_.takes = kAll;
  }
}

void ServerPlay::HandlerStep() {
  if (progress_.empty() || handler_.calls.back()->gone || progress_.back().is_over) return;
  const size_t index = progress_.size() - 1;
  auto &call = *handler_.calls[index];
  const size_t action = script_.Below(10);
  if (action == 0) {
    call.hold_body = false;
    return call.ReadBody();
  }
  if (action == 1) {
    progress_[index].is_over = true;
    progress_[index].is_broken = true;
    const Failure failure{Failure::Kind::Broken, "broken"};
    return call.sink != nullptr ? call.sink->OnError(failure) : call.duplex->OnError(failure);
  }
  if (!progress_[index].has_head) return Head(index);
  if (action < 4) return End(index);
  Give(index, script_.Of(kSizes));
}

void ServerPlay::Head(size_t index) {
  auto &call = *handler_.calls[index];
  auto &progress = progress_[index];
  progress.has_head = true;
  progress.is_switched = call.duplex != nullptr && script_.Below(4) != 0;
  HeaderList headers{{"X-Call", std::to_string(index)}};
  // What it announces and what it gives may differ; then the client must not take it for whole.
  if (script_.Below(3) == 0) headers.Add("Content-Length", std::to_string(script_.Below(4) * 500));
  call.Head(progress.is_switched ? 101 : script_.Below(8) == 7 ? 204 : 200, headers);
}

void ServerPlay::Give(size_t index, size_t size) {
  auto &call = *handler_.calls[index];
  auto &progress = progress_[index];
  if (progress.waits && call.resumed == progress.resumed) return;
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>('a' + (progress.body.size() + i) * 5 % 23);
  progress.body += bytes;
  const Flow flow = call.sink != nullptr ? call.sink->OnData(bytes) : call.duplex->OnData(bytes);
  progress.waits = flow == Flow::Wait;
  progress.resumed = call.resumed;
}

void ServerPlay::End(size_t index) {
  auto &call = *handler_.calls[index];
  if (progress_[index].waits && call.resumed == progress_[index].resumed) return;
  progress_[index].is_over = true;
  call.sink != nullptr ? call.sink->OnEnd() : call.duplex->OnEnd();
}

void ServerPlay::Settle() {
  for (int round = 0; round < 4000; ++round) {
    loop_.Dispatch();
    loop_.RunDeferred();
    if (peer_.is_gone) return;
    const bool readable = peer_.wants_read && (!peer_.Waiting().empty() || peer_.sends_end || peer_.is_reset);
    const bool writable = peer_.wants_write && (peer_.takes > 0 || peer_.is_reset);
    if (!readable && !writable) return;
    peer_.user->OnReady(readable, writable);
  }
}

void ServerPlay::CheckStep() {
  Require(closes_ <= 1, "a connection closes once");
  if (progress_.empty() || handler_.calls.back()->gone) return;
  const auto &call = *handler_.calls.back();
  const auto &progress = progress_.back();
  Require(progress.is_switched || !call.body.empty() || !call.hold_body ||
              peer_.read - progress.read_before <= kInboundReadAhead + kReadSize,
          "a body that nobody reads is not read ahead without a bound");
  const size_t index = progress_.size() - 1;
  if (is_sound_ && index < written_.size() && !progress.is_switched) {
    Require(written_[index].body.starts_with(call.body), "a body arrives in order");
    Require(!call.body_ended || written_[index].body == call.body, "a body arrives whole");
  }
}

/** Everybody does what is expected of him, then the client goes. */
void ServerPlay::Finish() {
  peer_.takes = kAll;
  peer_.piece = kReadSize;
  const bool was_open = !peer_.sends_end && !peer_.is_reset;
  for (size_t round = 0; round < 3 * written_.size() + 20 && closes_ == 0; ++round) {
    Settle();
    if (progress_.empty() || handler_.calls.back()->gone || progress_.back().is_over) continue;
    auto &call = *handler_.calls.back();
    call.hold_body = false;
    call.ReadBody();
    if (!progress_.back().has_head) {
      progress_.back().has_head = true;
      call.Head(200, {{"X-Call", std::to_string(progress_.size() - 1)}});
    }
    Settle();
    if (!call.gone) End(progress_.size() - 1);
  }
  if (is_sound_ && was_open && closes_ == 0 && !connection_->IsClosing()) {
    const bool is_raw = !progress_.empty() && progress_.back().is_switched;
    Require(is_raw || progress_.size() == written_.size(), "every request on an open connection is served");
  }
  peer_.sends_end = true;
  Settle();
  for (int i = 0; i < 4 && closes_ == 0; ++i) {
    clock_.Advance(std::chrono::seconds(61));
    Settle();
  }
  Require(closes_ == 1, "a connection without a client ends");
}

bool ServerPlay::TakeAnswer(std::string_view &rest, size_t &answered) const {
  HeadReader reader;
  rest.remove_prefix(reader.Push(rest));
  Require(reader.GetState() != HeadReader::State::Failed, "an answer has a head");
  if (reader.GetState() == HeadReader::State::More) return false;
  const auto answer = ParseResponse(reader.Text());
  Require(answer.has_value(), "the head of an answer is valid");
  if (answer->head.status == 100) return true;
  // To a damaged field Expect, of a request whose method is not known here.
  if (answer->head.status == 417) return false;
  const std::string *const number = answer->head.headers.Find("X-Call");
  Require(number == nullptr || *number == std::to_string(answered), "answers come in order, each once");
  const bool is_last = answer->head.headers.HasToken("Connection", "close");
  const bool is_failure = number == nullptr && answered < progress_.size() && progress_[answered].is_broken;
  Require(number != nullptr || is_failure || is_last, "after a refusal the connection ends");
  const std::string method =
      number == nullptr && !is_failure ? "GET" : handler_.calls.at(answered)->request.head.method;
  const Progress *const progress = number == nullptr ? nullptr : &progress_[answered];
  if (number != nullptr || is_failure) ++answered;
  if (answer->head.status == 101) {
    Require(progress != nullptr && std::string_view(progress->body).starts_with(rest), "raw bytes arrive in order");
    return false;
  }
  const bool is_done = TakeBody(rest, *answer, method, progress);
  Require(!is_last || rest.empty(), "nothing follows the last answer");
  return is_done && !is_last;
}

bool ServerPlay::TakeBody(std::string_view &rest, const ResponseMessage &answer, std::string_view method,
                          const Progress *progress) const {
  const auto framing = ParseResponseFraming(answer.head.status, answer.head.headers, answer.version, method);
  Require(framing.has_value(), "the framing of an answer is clear");
  BodyFramer framer(*framing);
  std::string body;
  while (!rest.empty() && !framer.IsDone()) {
    const auto step = framer.Next(rest);
    Require(step.has_value(), "the framing of an answer holds");
    rest.remove_prefix(step->used);
    body += step->body;
  }
  if (progress == nullptr || framing->kind == BodyFraming::Kind::None) return framer.IsDone();
  Require(std::string_view(progress->body).starts_with(body), "an answer's body arrives in order");
  const bool is_whole = progress->is_over && !progress->is_broken && progress->body == body;
  if (framing->kind == BodyFraming::Kind::Length) {
    // That more would come than was announced, nobody could know before it came.
    Require(!framer.IsDone() || is_whole || rest.empty(), "a broken answer is the last one");
  } else {
    Require(!framer.IsDone() || is_whole, "what looks whole is whole");
  }
  return framer.IsDone();
}

void ServerPlay::CheckAnswers() const {
  std::string_view rest = peer_.from_server;
  size_t answered = 0;
  bool goes_on = true;
  while (goes_on && !rest.empty()) goes_on = TakeAnswer(rest, answered);
  Require(answered <= written_.size() + 1, "no more answers than requests");
}

}  // namespace lookout
