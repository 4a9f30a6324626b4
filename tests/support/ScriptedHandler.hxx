// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "base/EventLoop.hxx"
#include "proxy/Exchange.hxx"

namespace lookout {

/** Stands in for Docker behind a listener: the test sees every request and answers it when it likes. */
class ScriptedHandler final : public RequestHandler {
 public:
  struct Call {
    Request request;
    /** For answering; whichever was asked for. Not to be used once `gone`. */
    ResponseSink *sink = nullptr;
    DuplexSink *duplex = nullptr;
    /** What has been read of the body; all is read as it comes unless `hold_body`. */
    std::string body;
    bool body_ended = false;
    bool body_broken = false;
    bool hold_body = false;
    /** What came through Send(). */
    std::string sent;
    bool write_closed = false;
    Flow send_flow = Flow::Go;
    size_t unsent = 0;
    unsigned resumed = 0;
    /** The exchange was destroyed. */
    bool gone = false;

    /** Reads what is there of the body. */
    void ReadBody();
    /** A whole answer. */
    void Answer(int status, std::string_view text);
    void Head(int status, HeaderList headers);
  };

  explicit ScriptedHandler(EventLoop &loop) : loop_(loop) {}

  std::unique_ptr<Exchange> Handle(Request &&request, ResponseSink &sink) override;
  std::unique_ptr<Duplex> Open(Request &&request, DuplexSink &sink) override;

  /** Every call there has been. */
  std::deque<std::shared_ptr<Call>> calls;
  /** Runs from the loop for each new call; may answer it. */
  std::function<void(Call &)> on_call;
  /** Runs from the loop when the whole body has been read, or there is none. */
  std::function<void(Call &)> on_body;

 private:
  class Held;

  EventLoop &loop_;
};

}  // namespace lookout
