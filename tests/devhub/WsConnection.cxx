// SPDX-License-Identifier: Apache-2.0
#include "tests/devhub/WsConnection.hxx"

#include <libwebsockets.h>
#include <sys/socket.h>

#include <algorithm>

namespace lookout::devhub {

WsConnection::WsConnection(EventLoop &loop, lws *wsi, size_t max_message)
    : loop_(loop),
      wsi_(wsi),
      max_message_(max_message),
      rate_timer_(loop, [this] { SetPaused(Pause::Rate, false); }),
      delay_timer_(loop, [this] { RequestWrite(); }) {}

void WsConnection::SendFragmented(std::string_view text, size_t count) {
  const size_t size = std::max<size_t>(text.size() / std::max<size_t>(count, 1), 1);
  Part part = Part::First;
  while (text.size() > size && count > 1) {
    Enqueue(text.substr(0, size), part, false);
    text.remove_prefix(size);
    part = Part::Middle;
    --count;
  }
  Enqueue(text, part == Part::First ? Part::Whole : Part::Last, false);
}

void WsConnection::Enqueue(std::string_view text, Part part, bool binary) {
  if (close_) return;
  Outgoing item{std::string(LWS_PRE, '\0'), part, binary, loop_.Now() + send_delay_};
  item.bytes.append(text);
  outgoing_.push_back(std::move(item));
  RequestWrite();
}

void WsConnection::Close(uint16_t code, std::string_view reason) {
  if (close_) return;
  close_ = CloseFrame{code, std::string(reason.substr(0, 123))};
  RequestWrite();
}

void WsConnection::Cut() {
  const linger reset{1, 0};
  ::setsockopt(lws_get_socket_fd(wsi_), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  lws_set_timeout(wsi_, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

void WsConnection::RequestWrite() {
  const TimePoint now = loop_.Now();
  if (!outgoing_.empty() && outgoing_.front().due > now) {
    delay_timer_.Arm(outgoing_.front().due - now);
    return;
  }
  lws_callback_on_writable(wsi_);
}

bool WsConnection::OnWritable() {
  if (!outgoing_.empty() && outgoing_.front().due <= loop_.Now()) WriteNext();
  if (!outgoing_.empty()) {
    RequestWrite();
    return true;
  }
  if (!close_) return true;
  std::string &reason = close_->reason;
  lws_close_reason(wsi_, static_cast<lws_close_status>(close_->code), reinterpret_cast<unsigned char *>(reason.data()),
                   reason.size());
  return false;
}

void WsConnection::WriteNext() {
  Outgoing item = std::move(outgoing_.front());
  outgoing_.pop_front();
  const bool first = item.part == Part::Whole || item.part == Part::First;
  const bool last = item.part == Part::Whole || item.part == Part::Last;
  const int kind = item.binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT;
  lws_write(wsi_, reinterpret_cast<unsigned char *>(item.bytes.data()) + LWS_PRE, item.bytes.size() - LWS_PRE,
            static_cast<lws_write_protocol>(lws_write_ws_flags(kind, first, last)));
}

bool WsConnection::OnReceive(std::string_view chunk, bool first, bool last) {
  if (close_) return true;
  if (first) incoming_.clear();
  if (incoming_.size() + chunk.size() > max_message_) {
    incoming_.clear();
    Close(LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE, "");
    return true;
  }
  if (read_rate_ > 0) SpendReadBudget(chunk.size());
  if (first && last) {
    handler_->OnMessage(chunk);
    return true;
  }
  incoming_.append(chunk);
  if (last) handler_->OnMessage(incoming_);
  return true;
}

void WsConnection::SetPaused(Pause reason, bool paused) {
  const bool before = IsPaused();
  const auto bit = static_cast<unsigned>(reason);
  pauses_ = paused ? pauses_ | bit : pauses_ & ~bit;
  if (before != IsPaused()) lws_rx_flow_control(wsi_, IsPaused() ? 0 : 1);
}

void WsConnection::SetReadRate(size_t bytes_per_second) {
  read_rate_ = bytes_per_second;
  rate_timer_.Cancel();
  SetPaused(Pause::Rate, false);
}

void WsConnection::SpendReadBudget(size_t bytes) {
  SetPaused(Pause::Rate, true);
  rate_timer_.Arm(std::chrono::nanoseconds(1'000'000'000 / read_rate_ * bytes));
}

}  // namespace lookout::devhub
