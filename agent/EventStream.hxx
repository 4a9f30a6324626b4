// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/EventLoop.hxx"
#include "base/ListenerList.hxx"
#include "proxy/Exchange.hxx"

namespace lookout {

/** A piece of an event stream that several clients are sent; shared, so that it is in memory once. */
using SharedFrame = std::shared_ptr<const std::string>;

class EventStream;

/** The open streams of one adapter: how many there may be, and their end. */
class EventStreams {
 public:
  /** Each has a connection, and while it is slow a frame of its own: a few MiB of a large host. */
  static constexpr size_t kMaxStreams = 64;

  /** An answer that there can be no more of them, with 503; null when there can. */
  std::unique_ptr<Exchange> TryRefuse(EventLoop &loop, ResponseSink &sink) const;
  /** Ends all of them in good order, each with a comment that says why. There are no new ones after it. */
  void Close(std::string_view reason);

 private:
  friend class EventStream;
  ListenerList<EventStream> streams_;
  size_t count_ = 0;
  bool closed_ = false;
};

/**
 * One client of server-sent events (WHATWG HTML, "Server-sent events"): head at once, then frame by frame, in
 * pieces and only as fast as the client takes them; a comment every 20 s, so that neither side nor a proxy in between
 * takes the connection for dead.
 *
 * A client that takes nothing for 30 s, or for whom too much waits, is ended with a comment that says so. That
 * may break off a frame, but never completes one: a client sees a frame that is whole or none.
 */
class EventStream : public Exchange {
 public:
  /** `client` names it in the log. */
  EventStream(EventLoop &loop, EventStreams &streams, std::string client, ResponseSink &sink);
  ~EventStream() override;

  void Resume() final;
  /** There may be a frame to send. */
  void Wake();
  /** Nothing more but the reason, as a comment. */
  void End(std::string_view reason);

  static constexpr std::chrono::seconds kHeartbeat{20};
  static constexpr std::chrono::seconds kMaxStall{30};
  static constexpr size_t kPiece = 64 * 1024;

 protected:
  /** The next frame, whole, with the blank line at its end; null when there is none for now. May call End(). */
  virtual SharedFrame NextFrame() = 0;

 private:
  void Leave();
  void Begin();
  void Pump();
  /** False when there is nothing to send. */
  bool HasFrame();
  void Write(std::string_view bytes);
  void Finish();

  ResponseSink &sink_;
  EventStreams &streams_;
  const std::string client_;
  bool begun_ = false;
  bool waiting_ = false;  // for the client
  bool ended_ = false;
  std::string end_reason_;  // not empty: to be ended
  SharedFrame frame_;
  size_t sent_ = 0;  // of it
  Deferred pump_;
  Timer heartbeat_;
  Timer stall_;
};

/** A frame with this JSON as its only data. */
SharedFrame MakeDataFrame(std::string_view json);

}  // namespace lookout
