// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/EventLoop.hxx"
#include "proxy/BufferedStream.hxx"
#include "proxy/Exchange.hxx"
#include "proxy/HttpParser.hxx"
#include "proxy/InboundBody.hxx"
#include "proxy/ListenerSettings.hxx"
#include "proxy/ReadyAnswer.hxx"
#include "proxy/ResponseWriter.hxx"

namespace lookout {

/**
 * One request on an inbound connection and its answer: body in, answer out, or after a 101 raw bytes both ways with
 * their ends passed on one by one. An answer that breaks off never looks complete to the client.
 */
class ServerExchange final : private ResponseSink, private DuplexSink {
 public:
  enum class Outcome {
    Reuse,  // the next request may follow
    Close,  // the answer is complete, and the last on this connection
    Abort,  // the client must not take what it got for a whole answer
  };

  /** The connection. Its calls may come from anywhere below; it must not destroy the exchange in them. */
  class Host {
   public:
    virtual ~Host() = default;
    /** Nothing follows. */
    virtual void OnExchangeDone(Outcome outcome) = 0;
    /** Is this answer to be the last one? */
    virtual bool IsDraining() const = 0;
  };

  ServerExchange(EventLoop &loop, BufferedStream &stream, const InboundDeadlines &deadlines, Host &host);
  ~ServerExchange() override;

  /** Hands the request to `handler`. */
  void Start(RequestMessage message, Origin origin, RequestHandler &handler);
  /** Answers with an error of our own, for what could not be read as a request. */
  void Refuse(const HttpError &error);

  // What the connection passes on.
  void OnInput();
  /** False: the client must be taken for gone. */
  bool OnInputEnd();
  void OnOutput();
  bool IsSwitched() const { return state_ == State::Switched; }
  /** Whether a client may take no bytes for as long as it lives, as a terminal that is held, or a pager, does. */
  bool MayStandStill() const { return IsSwitched() || (state_ == State::Answering && is_stream_); }

 private:
  enum class State { AwaitHead, Answering, Switched, Done };

  void OnHead(ResponseHead head) override;
  Flow OnData(std::string_view bytes) override;
  void OnTrailers(const HeaderList &trailers) override { trailers_ = trailers; }
  void OnEnd() override;
  void OnError(Failure failure) override;
  void OnDrained() override;

  void BeginAnswer(ResponseHead head, bool close);
  void Switch(const ResponseHead &head);
  void AnswerError(int status, std::string_view text);
  void Answer(FullResponse response);
  void OnBodyAwaited();
  void OnTimer();
  Flow AfterWrite();
  void Relay();
  void Finish(Outcome outcome);

  EventLoop &loop_;
  BufferedStream &stream_;
  const InboundDeadlines &deadlines_;
  Host &host_;
  State state_ = State::AwaitHead;
  bool keep_alive_ = true;
  bool expects_continue_ = false;
  bool is_stream_ = false;
  bool source_waits_ = false;
  bool input_ended_ = false;
  bool output_ended_ = false;
  Timer timer_;  // body stall, half-closed client, or raw connection whose other side has ended
  std::unique_ptr<InboundBody> body_;
  std::unique_ptr<ResponseWriter> writer_;
  HeaderList trailers_;
  // Last, and so cancelled first: they hold the body's source.
  std::unique_ptr<Exchange> exchange_;
  std::unique_ptr<Duplex> duplex_;
};

}  // namespace lookout
