// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/EventLoop.hxx"

struct lws;

namespace lookout::devhub {

/** Receives what arrives on one WebSocket connection. It dies with the connection, after OnClosed(). */
class WsHandler {
 public:
  virtual ~WsHandler() = default;
  /** One whole message, text or binary. */
  virtual void OnMessage(std::string_view message) = 0;
  /** The peer has sent a close frame; code 1005 stands for none. */
  virtual void OnCloseFrame(uint16_t code, std::string_view reason) = 0;
  virtual void OnClosed() = 0;
};

/** One accepted WebSocket connection, with the faults a test can give it. */
class WsConnection {
 public:
  WsConnection(EventLoop &loop, lws *wsi, size_t max_message);
  WsConnection(const WsConnection &) = delete;
  WsConnection &operator=(const WsConnection &) = delete;

  void Send(std::string_view text) { Enqueue(text, Part::Whole, false); }
  void SendBinary(std::string_view bytes) { Enqueue(bytes, Part::Whole, true); }
  /** The same message in `count` continuation frames. */
  void SendFragmented(std::string_view text, size_t count);

  /** Sends what is queued, then a close frame. Nothing is read any more. */
  void Close(uint16_t code, std::string_view reason);
  /** Resets the TCP connection; no close frame. */
  void Cut();

  enum class Pause : unsigned { Fault = 1, Rate = 2, Backpressure = 4 };
  /** Reading goes on when no reason to pause is left. */
  void SetPaused(Pause reason, bool paused);
  bool IsPaused() const { return pauses_ != 0; }
  /** Reads at most this much; 0 lifts the limit. */
  void SetReadRate(size_t bytes_per_second);
  /** Holds every message sent from now on back for that long. */
  void SetSendDelay(Duration delay) { send_delay_ = delay; }

  /** Entries from libwebsockets; false ends the connection. */
  bool OnReceive(std::string_view chunk, bool first, bool last);
  bool OnWritable();

  WsHandler *Handler() const { return handler_.get(); }
  void SetHandler(std::unique_ptr<WsHandler> handler) { handler_ = std::move(handler); }

 private:
  enum class Part { Whole, First, Middle, Last };
  struct Outgoing {
    std::string bytes;  // with the headroom libwebsockets wants
    Part part;
    bool binary;
    TimePoint due;
  };
  struct CloseFrame {
    uint16_t code;
    std::string reason;
  };

  void Enqueue(std::string_view text, Part part, bool binary);
  void RequestWrite();
  void WriteNext();
  void SpendReadBudget(size_t bytes);

  EventLoop &loop_;
  lws *const wsi_;
  const size_t max_message_;
  std::unique_ptr<WsHandler> handler_;
  std::string incoming_;
  std::deque<Outgoing> outgoing_;
  std::optional<CloseFrame> close_;
  unsigned pauses_ = 0;
  size_t read_rate_ = 0;
  Duration send_delay_{0};
  Timer rate_timer_;
  Timer delay_timer_;
};

}  // namespace lookout::devhub
