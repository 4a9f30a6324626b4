// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/EngineConnection.hxx"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/Strings.hxx"
#include "tests/bench/StandInEngine.hxx"

namespace lookout::bench {

namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";

/** Content-Length of a head; curl and our own client write it in this one way. */
size_t BodySize(std::string_view head) {
  constexpr std::string_view kName = "\r\nContent-Length: ";
  const size_t at = head.find(kName);
  if (at == std::string_view::npos) return 0;
  const std::string_view value = head.substr(at + kName.size());
  return static_cast<size_t>(ParseInt(value.substr(0, value.find('\r'))).value_or(0));
}

}  // namespace

EngineConnection::EngineConnection(EventLoop &loop, StandInEngine &engine, UniqueFd fd)
    : engine_(engine),
      fd_(std::move(fd)),
      event_(loop, [this](uint32_t events) { OnReady(events); }),
      line_timer_(loop, [this] { OnLineDue(); }) {
  event_.Watch(fd_.Get(), watched_);
}

void EngineConnection::OnReady(uint32_t events) {
  const bool reads = (events & ~static_cast<uint32_t>(EPOLLOUT)) != 0;
  if ((reads && !ReadSome()) || !WriteSome()) engine_.Remove(*this);
}

bool EngineConnection::ReadSome() {
  std::array<char, 65536> buffer;
  const ssize_t size = ::recv(fd_.Get(), buffer.data(), buffer.size(), 0);
  if (size <= 0) return size < 0 && (errno == EAGAIN || errno == EINTR);
  const std::string_view bytes(buffer.data(), static_cast<size_t>(size));
  (state_ == Answer::Then::Echo ? outgoing_ : incoming_) += bytes;
  TakeRequests();
  return true;
}

void EngineConnection::TakeRequests() {
  while (state_ == Answer::Then::Next && !IsBusy() && TakeOne()) continue;
}

bool EngineConnection::TakeOne() {
  const size_t head_end = incoming_.find(kHeadEnd);
  if (head_end == std::string::npos) return false;
  const std::string_view head = std::string_view(incoming_).substr(0, head_end);
  const size_t whole = head_end + kHeadEnd.size() + BodySize(head);
  if (incoming_.size() < whole) return false;
  const size_t blank = head.find(' ');
  const std::string_view target = head.substr(blank + 1, head.find(' ', blank + 1) - blank - 1);
  Answer answer = engine_.Handle(head.substr(0, blank), target);
  incoming_.erase(0, whole);
  outgoing_ += answer.text;
  more_ = answer.more;
  last_ = std::move(answer.last);
  state_ = answer.then;
  if (state_ == Answer::Then::Follow) line_timer_.Arm(engine_.LineInterval());
  if (state_ == Answer::Then::Echo) outgoing_ += std::exchange(incoming_, {});
  return true;
}

void EngineConnection::Push(std::string_view bytes) {
  outgoing_ += bytes;
  WriteSome();
}

void EngineConnection::OnLineDue() {
  line_timer_.Arm(engine_.LineInterval());
  Push(engine_.Answers().FollowedLine());
}

bool EngineConnection::WriteSome() {
  do {
    if (!WriteText() || !WriteRepetition()) return false;
    if (IsBusy()) break;
    outgoing_ += std::exchange(last_, {});
    TakeRequests();
  } while (IsBusy());
  const uint32_t wanted = IsBusy() ? EPOLLIN | EPOLLOUT : EPOLLIN;
  if (std::exchange(watched_, wanted) != wanted) event_.Watch(fd_.Get(), wanted);
  return true;
}

bool EngineConnection::WriteText() {
  if (outgoing_.size() == outgoing_offset_) return true;
  const ssize_t size =
      ::send(fd_.Get(), outgoing_.data() + outgoing_offset_, outgoing_.size() - outgoing_offset_, MSG_NOSIGNAL);
  if (size < 0) return errno == EAGAIN;
  outgoing_offset_ += static_cast<size_t>(size);
  if (outgoing_offset_ < outgoing_.size()) return true;
  outgoing_.clear();
  outgoing_offset_ = 0;
  return true;
}

bool EngineConnection::WriteRepetition() {
  while (more_.bytes > 0 && outgoing_.empty()) {
    const size_t room = std::min<uint64_t>(more_.block->size() - block_offset_, more_.bytes);
    const ssize_t size = ::send(fd_.Get(), more_.block->data() + block_offset_, room, MSG_NOSIGNAL);
    if (size < 0) return errno == EAGAIN;
    more_.bytes -= static_cast<uint64_t>(size);
    block_offset_ = (block_offset_ + static_cast<size_t>(size)) % more_.block->size();
  }
  if (more_.bytes == 0) block_offset_ = 0;
  return true;
}

}  // namespace lookout::bench
