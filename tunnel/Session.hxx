// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/Result.hxx"
#include "tunnel/ExtensionLane.hxx"
#include "tunnel/MessageTransport.hxx"
#include "tunnel/OutboundQueue.hxx"
#include "tunnel/SessionExtension.hxx"
#include "tunnel/TaskManager.hxx"

namespace lookout {

/** What stays the same from session to session. */
struct SessionSettings {
  Duration heartbeat = std::chrono::seconds(30);
  Duration welcome_timeout = std::chrono::seconds(30);
  Duration write_stall_timeout = std::chrono::seconds(60);
  size_t max_buffered = 32 * 1024 * 1024;
  bool drydock_frames = true;
  std::function<void(const std::string &)> on_container_removed;
};

/** How a session went, for the Supervisor to draw conclusions from. */
struct SessionEnd {
  CloseInfo close;
  /** It was welcomed at this time. */
  std::optional<TimePoint> ready_since;
  /** The controller refused the hello, or revoked a live session, with this code. */
  std::optional<std::string> rejection_code;
  std::string rejection_message;
  /** The controller's clock minus ours in seconds, where a verified upgrade response told it. */
  std::optional<int64_t> clock_offset;
  /** The hello could not even be made (the key file). */
  bool no_hello = false;
};

/**
 * One connection to a controller, from the dial to the end (docs/protocol.md, "Sessions"):
 *
 *   Dialling -> AwaitingWelcome -> Ready -> Closing
 *
 * Nothing but the hello is sent before the welcome. Everything that belongs to the connection is owned from
 * here, and dies with it: tasks, queue, timers, the socket.
 */
class Session final : private TransportHandler {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void OnSessionReady(const Welcome &welcome) = 0;
    /** The last call, outside all others; the session may be destroyed in it. */
    virtual void OnSessionEnd(const SessionEnd &end) = 0;
  };
  /** Makes the hello frame, at the moment it is needed: its signature holds the time. */
  using HelloMaker = std::function<Result<std::string>()>;
  using Dialler = std::function<std::unique_ptr<MessageTransport>(TransportHandler &)>;

  Session(EventLoop &loop, RequestHandler &handler, const SessionSettings &settings, Origin origin,
          HelloMaker make_hello, std::vector<SessionExtension *> extensions, Owner &owner);
  ~Session() override;

  /** Starts dialling. */
  void Start(const Dialler &dial);
  /** Ends all work with a frame each, then closes with 1000 "shutdown"; OnSessionEnd follows within 4 s. */
  void Shutdown();
  bool IsReady() const { return state_ == State::Ready; }
  /** Since the session began. */
  TunnelFigures Figures() const;

 private:
  enum class State { Dialling, AwaitingWelcome, Ready, Closing, Ended };

  void OnOpen(const UpgradeInfo &info) override;
  void OnMessage(std::string_view message) override;
  void OnActivity() override;
  void OnProgress() override;
  std::optional<std::string> NextMessage() override;
  void OnDrained() override;
  void OnClosed(const CloseInfo &info) override;

  std::optional<std::string> TakeMessage();
  void OnFirstFrame(const tl::expected<Frame, FrameError> &frame);
  void OnFrame(Frame &frame);
  void OnWelcome(const WelcomeFrame &frame);
  void OnErrorFrame(const ErrorFrame &frame);
  void OnHeartbeat();
  void OnSilence();
  void OnWriteStall();
  void End(CloseInfo::Phase phase, std::string message);
  void RequestWrite();
  void LimitFlood();

  EventLoop &loop_;
  RequestHandler &handler_;
  const SessionSettings &settings_;
  const Origin origin_;
  const HelloMaker make_hello_;
  Owner &owner_;
  State state_ = State::Dialling;
  SessionEnd end_;
  TrafficFigures received_;
  TrafficFigures sent_;
  bool reading_paused_ = false;
  std::optional<std::string> hello_;
  Timer silence_;  // no sign of life: waiting for the welcome, later the read deadline
  Timer heartbeat_;
  Timer write_stall_;  // something waits to be sent and nothing moves
  Timer shutdown_;
  Deferred report_end_;
  OutboundQueue queue_;
  std::optional<TaskManager> tasks_;
  ExtensionLane extensions_;
  std::unique_ptr<MessageTransport> transport_;
};

}  // namespace lookout
