// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/EventLoop.hxx"
#include "proxy/BufferedStream.hxx"
#include "proxy/HeadReader.hxx"
#include "proxy/ListenSocket.hxx"
#include "proxy/ListenerSettings.hxx"
#include "proxy/ServerExchange.hxx"

namespace lookout {

/**
 * One inbound HTTP/1.1 connection: requests one after the other, each answered by the handler before the next is
 * read (pipelined ones wait in the buffer). What a handler sees of a request: see Listener.
 *
 *   Head --request--> Exchange --Reuse--> Head
 *                        |---Close, Abort--> Closing (output leaves, input is ignored) --> Closed
 */
class ServerConnection final : private BufferedStreamUser, private ServerExchange::Host {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    /** Once; nothing happens any more. The connection must not be destroyed from inside this call. */
    virtual void OnClosed(ServerConnection &connection) = 0;
  };

  /** `deadlines` must outlive it. */
  ServerConnection(EventLoop &loop, std::unique_ptr<ByteStream> stream, PeerName peer,
                   const InboundDeadlines &deadlines, RequestHandler &handler, Owner &owner);
  ~ServerConnection() override;

  bool IsClosed() const { return state_ == State::Closed; }
  /** Between two requests: closing it harms nobody. */
  bool IsIdle() const { return state_ == State::Head && !head_.HasBegun() && served_any_; }
  /** The last answer is on its way or there, and nothing more will be served. */
  bool IsClosing() const { return state_ == State::Closing || state_ == State::Closed; }
  /** No request, or only a part of its head, has come. */
  bool AwaitsHead() const { return state_ == State::Head; }
  /** Not a byte of a request has come: TLS may still be shaking hands. */
  bool AwaitsFirstByte() const { return state_ == State::Head && !head_.HasBegun() && !served_any_; }
  /** Ends when the exchange under way is over; at once when there is none. */
  void Drain();
  /** Ends now. */
  void Close();

 private:
  enum class State { Head, Exchange, Closing, Closed };

  void OnInput() override;
  void OnInputEnd(int error) override;
  void OnOutput() override;
  void OnOutputBlocked() override;
  void OnOutputError(int error) override;
  void OnHangUp() override;
  void OnExchangeDone(ServerExchange::Outcome outcome) override;
  bool IsDraining() const override { return draining_; }

  void AwaitHead();
  void ReadHead();
  void MakeExchange();
  void StartExchange();
  Origin MakeOrigin() const;
  void LeaveExchange();
  void BeginClosing(bool orderly);
  void FinishClosing();
  void OnTimer();
  void OnWriteTimer();

  const InboundDeadlines &deadlines_;
  RequestHandler &handler_;
  Owner &owner_;
  EventLoop &loop_;
  const PeerName peer_;
  BufferedStream stream_;
  State state_ = State::Head;
  HeadReader head_;
  bool served_any_ = false;
  bool draining_ = false;
  bool input_ended_ = false;
  bool lingers_ = false;
  std::optional<ServerExchange::Outcome> outcome_;  // of an exchange that is over and still to be left
  Deferred leave_;
  Timer timer_;        // head, idle, or lingering
  Timer write_timer_;  // armed while the client takes no output
  std::unique_ptr<ServerExchange> exchange_;
};

}  // namespace lookout
