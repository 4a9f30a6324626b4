// SPDX-License-Identifier: Apache-2.0
#include "proxy/ServerConnection.hxx"

#include "base/Log.hxx"
#include "proxy/Limits.hxx"

namespace lookout {

ServerConnection::ServerConnection(EventLoop &loop, std::unique_ptr<ByteStream> stream, PeerName peer,
                                   const InboundDeadlines &deadlines, RequestHandler &handler, Owner &owner)
    : deadlines_(deadlines),
      handler_(handler),
      owner_(owner),
      loop_(loop),
      peer_(std::move(peer)),
      stream_(loop, std::move(stream), *this),
      leave_(loop, [this] { LeaveExchange(); }),
      timer_(loop, [this] { OnTimer(); }),
      write_timer_(loop, [this] { OnWriteTimer(); }) {
  stream_.SetReadLimit(kInboundReadAhead);
  timer_.Arm(deadlines_.head);
}

ServerConnection::~ServerConnection() = default;

void ServerConnection::OnInput() {
  switch (state_) {
    case State::Head: return ReadHead();
    case State::Exchange: return exchange_->OnInput();
    case State::Closing:
    case State::Closed: return stream_.Input().Clear();
  }
}

void ServerConnection::ReadHead() {
  auto &input = stream_.Input();
  if (input.IsEmpty()) return;
  // One deadline for the whole head: a byte now and then does not prolong it.
  if (!head_.HasBegun() && served_any_) timer_.Arm(deadlines_.head);
  input.Consume(head_.Push(input.View()));
  stream_.UpdateWants();
  if (head_.GetState() != HeadReader::State::More) return StartExchange();
  if (input_ended_) Close();
}

void ServerConnection::MakeExchange() {
  timer_.Cancel();
  state_ = State::Exchange;
  served_any_ = true;
  ServerExchange::Host &self = *this;
  exchange_ = std::make_unique<ServerExchange>(loop_, stream_, deadlines_, self);
}

void ServerConnection::StartExchange() {
  MakeExchange();
  const bool failed = head_.GetState() == HeadReader::State::Failed;
  auto message = failed ? tl::unexpected(head_.GetError()) : ParseRequest(head_.Text());
  head_.Reset();
  if (!message) {
    LogDebug("malformed request", {{"peer", peer_.full}, {"reason", message.error().message}});
    return exchange_->Refuse(message.error());
  }
  LogDebug("request", {{"peer", peer_.full}, {"method", message->head.method}, {"target", message->head.target}});
  exchange_->Start(std::move(*message), MakeOrigin(), handler_);
  if (input_ended_ && !exchange_->OnInputEnd()) Close();
}

Origin ServerConnection::MakeOrigin() const {
  Origin origin(Origin::Transport::Listener, peer_.full);
  auto security = stream_.Security();
  origin.peer_address = peer_.address;
  origin.is_encrypted = security.is_encrypted;
  origin.certificate_subject = std::move(security.certificate_subject);
  return origin;
}

void ServerConnection::OnExchangeDone(ServerExchange::Outcome outcome) {
  if (state_ != State::Exchange || outcome_) return;
  outcome_ = outcome;
  leave_.Schedule();
}

void ServerConnection::LeaveExchange() {
  if (state_ != State::Exchange || !outcome_) return;
  // Answers to pipelined requests must not pile up either.
  if (*outcome_ == ServerExchange::Outcome::Reuse && stream_.Unsent() > kInboundHighWater) return;
  exchange_.reset();
  const auto outcome = *outcome_;
  outcome_.reset();
  if (outcome == ServerExchange::Outcome::Reuse && !draining_) return AwaitHead();
  if (outcome == ServerExchange::Outcome::Abort) LogDebug("answer broken off", {{"peer", peer_.full}});
  BeginClosing(outcome != ServerExchange::Outcome::Abort);
}

void ServerConnection::AwaitHead() {
  state_ = State::Head;
  timer_.Arm(deadlines_.idle);
  stream_.SetReadLimit(kInboundReadAhead);
  stream_.ReleaseMemory();
  if (input_ended_ && stream_.Input().IsEmpty()) return BeginClosing(true);
  ReadHead();
}

void ServerConnection::OnInputEnd(int error) {
  input_ended_ = true;
  if (state_ == State::Head) return Close();
  if (state_ == State::Closing) return FinishClosing();
  if (state_ == State::Exchange && (error != 0 || !exchange_->OnInputEnd())) Close();
}

void ServerConnection::OnOutput() {
  write_timer_.Cancel();
  if (state_ == State::Exchange) exchange_->OnOutput();
  if (outcome_) leave_.Schedule();
  if (state_ == State::Closing) FinishClosing();
}

void ServerConnection::OnOutputBlocked() {
  write_timer_.Arm(deadlines_.write_stall);
}

void ServerConnection::OnOutputError(int) {
  Close();
}

void ServerConnection::OnHangUp() {
  // A raw connection may only be held up on its way to the other side.
  if (input_ended_ || state_ != State::Exchange || !exchange_->IsSwitched()) Close();
}

/** Not orderly: the connection ends without the EOF that would make what was sent look whole. */
void ServerConnection::BeginClosing(bool orderly) {
  state_ = State::Closing;
  lingers_ = orderly;
  stream_.Input().Clear();
  stream_.SetReadLimit(kInboundReadAhead);
  if (orderly) stream_.CloseWrite();
  FinishClosing();
}

/** Closing with bytes of the client still unread would take our last answer from it (RFC 9112 section 9.6). */
void ServerConnection::FinishClosing() {
  if (!stream_.IsFlushed()) return;
  if (input_ended_ || !lingers_) return Close();
  if (!timer_.IsArmed()) timer_.Arm(kLinger);
}

void ServerConnection::OnTimer() {
  if (state_ == State::Head && head_.HasBegun()) {
    MakeExchange();
    return exchange_->Refuse({408, "the head of the request did not come in time"});
  }
  Close();
}

void ServerConnection::OnWriteTimer() {
  if (state_ == State::Exchange && exchange_->MayStandStill()) return;
  LogDebug("client takes no bytes", {{"peer", peer_.full}});
  stream_.MakeAbortive();
  Close();
}

void ServerConnection::Drain() {
  draining_ = true;
  if (state_ == State::Head && !head_.HasBegun()) BeginClosing(true);
}

void ServerConnection::Close() {
  if (state_ == State::Closed) return;
  state_ = State::Closed;
  timer_.Cancel();
  write_timer_.Cancel();
  leave_.Cancel();
  stream_.SetReadLimit(0);
  owner_.OnClosed(*this);
}

}  // namespace lookout
