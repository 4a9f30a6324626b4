// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tunnel/FrameCodec.hxx"
#include "tunnel/TunnelFigures.hxx"
#include "tunnel/TunnelTask.hxx"

namespace lookout {

class ExecSession;
class LogStream;

/**
 * The work of one connection: admits what the controller asks for, within the limits, and owns it until it is
 * done. Every refusal is a frame in the form that the asker waits for.
 */
class TaskManager final : private TaskOwner {
 public:
  struct Settings {
    Origin origin;
    bool base64_bodies = false;
    /** The drydock adapter answers dd: frames; without it they are ignored. */
    bool drydock_frames = true;
    std::function<void(const std::string &)> on_container_removed;
  };

  TaskManager(EventLoop &loop, RequestHandler &handler, OutboundQueue &queue, Settings settings);
  ~TaskManager() override;

  /** A frame that asks for work, or belongs to it; any other is not for us: false. */
  bool OnFrame(Frame &frame);
  /** Answers a frame that could not be decoded, where its sender waits for an answer. */
  void OnBrokenFrame(const FrameError &error);

  /** Ends all work with a frame each, as on shutdown. Nothing new is admitted afterwards. */
  void EndAll(std::string_view reason);
  size_t Count() const;
  /** Its part of the figures: work by kind. */
  void AddFigures(TunnelFigures &figures) const;

 private:
  template <typename Task>
  using Table = std::map<TunnelTask *, std::unique_ptr<Task>>;

  void Handle(RequestFrame &frame);
  void Handle(ExecStartFrame &frame);
  void Handle(ExecInputFrame &frame);
  void Handle(ExecResizeFrame &frame);
  void Handle(ExecEndFrame &frame);
  void Handle(LogRequestFrame &frame);
  void Handle(LogCancelFrame &frame);
  void Handle(DeleteRequestFrame &frame);
  void Handle(WatchFrame &frame);

  void StartLogStream(const LogRequestFrame &frame);
  /** Why a log or delete call cannot be taken; "" when it can. */
  std::string CallRefusal(std::string_view action, const std::string &container_id) const;
  void OnTaskFinished(TunnelTask &task) override;
  ExecSession *FindExec(const std::string &exec_id);
  LogStream *FindLogStream(const std::string &request_id);
  void RefuseExec(const std::string &exec_id, std::string_view reason);
  void RefuseLogStream(const std::string &request_id, const std::string &container_id, std::string_view error);

  const Settings settings_;
  TaskContext context_;
  bool closed_ = false;
  TunnelFigures begun_;  // work that was begun, by kind; nothing else in it
  Table<TunnelTask> requests_;
  Table<TunnelTask> streams_;
  Table<TunnelTask> calls_;
  Table<ExecSession> execs_;
  Table<LogStream> log_streams_;
  std::vector<std::unique_ptr<TunnelTask>> finished_;
  Deferred bury_;
};

}  // namespace lookout
