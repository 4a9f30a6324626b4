// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "proxy/DockerCall.hxx"
#include "tunnel/DockerLogDecoder.hxx"
#include "tunnel/Frame.hxx"

namespace lookout {

/**
 * Reads a container's log and hands out its text, stdout and stderr told apart. Whether the engine's stream is
 * multiplexed is decided by its Content-Type; engines that do not say (API below 1.42) are asked whether the
 * container has a TTY; only if that fails too do the first bytes decide.
 */
class ContainerLogReader final : private ResponseSink {
 public:
  class Handler {
   public:
    virtual ~Handler() = default;
    /** The engine's status, first of all: after 200 the log follows, after any other OnLogError(). */
    virtual void OnLogStatus(int) {}
    virtual void OnLogText(LogStreamKind kind, std::string_view bytes) = 0;
    /** A piece of input has been handed out completely: what was gathered can be sent. Wait: until Resume(). */
    virtual Flow OnLogPause() = 0;
    virtual void OnLogEnd() = 0;
    /** For the user; also when the engine refused. */
    virtual void OnLogError(std::string message) = 0;
  };

  struct Query {
    std::string container_id;
    std::string tail;  // "" for all
    std::string since;
    std::string until;
    bool follow = false;
    bool timestamps = false;
    /** For the audit; "" takes a fresh one. */
    std::string request_id;
  };

  /** Asks `docker` on behalf of `origin`. Calls `handler` only later, from the loop. */
  ContainerLogReader(EventLoop &loop, RequestHandler &docker, Origin origin, const Query &query, Handler &handler);
  void Resume();

  /** What the frame asks for; a negative tail is none. */
  static Query MakeQuery(const LogRequestFrame &frame);
  /** "/containers/ID/logs?..." with sorted, escaped parameters. */
  static std::string MakeTarget(const Query &query);

 private:
  enum class Format { Unknown, Raw, Multiplexed };

  void OnHead(ResponseHead head) override;
  Flow OnData(std::string_view bytes) override;
  void OnEnd() override;
  void OnError(Failure failure) override;

  void AskForTty();
  void OnTtyKnown(const DockerCall::Outcome &outcome);
  Flow HandOut(std::string_view bytes);
  void FinishIfEnded();

  EventLoop &loop_;
  RequestHandler &docker_;
  const std::string container_id_;
  Handler &handler_;
  Format format_ = Format::Unknown;
  DockerLogDecoder decoder_;
  int status_ = 0;
  std::string held_;  // an error body, or log bytes that came before the format was known
  bool ended_ = false;
  std::unique_ptr<DockerCall> inspect_;
  std::unique_ptr<Exchange> exchange_;
};

}  // namespace lookout
