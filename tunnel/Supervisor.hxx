// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/Backoff.hxx"
#include "tunnel/ControllerUrl.hxx"
#include "tunnel/Session.hxx"

namespace lookout {

struct SupervisorSettings {
  /** In order of preference; at least one. */
  std::vector<ControllerUrl> controllers;
  Duration reconnect_delay = std::chrono::seconds(1);
  Duration max_reconnect_delay = std::chrono::seconds(60);
  /** Between attempts that need somebody to change something first. */
  Duration reject_retry_delay = std::chrono::minutes(5);
  bool exit_on_reject = false;
  SessionSettings session;
};

/** What operators see. */
struct TunnelStatus {
  bool connected = false;
  std::string controller;
  uint64_t attempts = 0;
  uint64_t sessions = 0;
  /** How often it waited before another attempt. */
  uint64_t waits = 0;
  /** Added to our clock when signing; learned from a controller that said timestamp-skew. */
  int64_t clock_offset = 0;
};

/**
 * Keeps one session up: dials the controllers in turn, waits as long as each deserves, never gives up (unless
 * told to), and never hammers. Every controller has delays of its own; the next attempt goes to the one that is
 * due first, in list order after one that has just failed. After a session that lasted, the list starts over.
 */
class Supervisor final : private Session::Owner {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    /** EXIT_ON_REJECT, and a controller refused us for good. */
    virtual void OnRejectedForGood() = 0;
    /** After Shutdown(). */
    virtual void OnTunnelStopped() = 0;
  };
  using Dialler = std::function<std::unique_ptr<MessageTransport>(const ControllerUrl &, TransportHandler &)>;
  /** Makes a hello signed for this Unix time. */
  using HelloMaker = std::function<Result<std::string>(int64_t timestamp)>;

  Supervisor(EventLoop &loop, RequestHandler &handler, const SupervisorSettings &settings, Dialler dial,
             HelloMaker make_hello, std::vector<SessionExtension *> extensions, const std::function<double()> &random,
             Owner &owner);
  ~Supervisor() override;

  void Start();
  void Shutdown();
  /** Tries at once, whatever delay is running: the configuration or a key may have changed. */
  void RetryNow();
  const TunnelStatus &Status() const { return status_; }
  /** Over all sessions. */
  TunnelFigures Figures() const;

 private:
  struct Controller {
    ControllerUrl url;
    Backoff backoff;
    TimePoint due;
  };

  void OnSessionReady(const Welcome &welcome) override;
  void OnSessionEnd(const SessionEnd &end) override;

  void Dial();
  void ScheduleNext(size_t first_choice);
  /** How long to leave this controller alone; logs why. */
  Duration Conclude(Controller &controller, const SessionEnd &end);
  bool IsPersistent(const SessionEnd &end) const;
  void LearnClock(const SessionEnd &end);

  EventLoop &loop_;
  RequestHandler &handler_;
  const SupervisorSettings settings_;
  const Dialler dial_;
  const HelloMaker make_hello_;
  const std::vector<SessionExtension *> extensions_;
  Owner &owner_;
  std::vector<Controller> controllers_;
  size_t current_ = 0;
  TunnelStatus status_;
  TunnelFigures past_;  // of the sessions before this one
  bool stopping_ = false;
  Timer next_attempt_;
  Deferred report_stopped_;
  std::unique_ptr<Session> session_;
};

}  // namespace lookout
