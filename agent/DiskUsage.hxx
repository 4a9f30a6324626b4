// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/Worker.hxx"
#include "proxy/DockerEngine.hxx"

namespace lookout {

/**
 * The space of the file system that the engine keeps its data on, by what it says in GET /info whenever it comes. A
 * dead network mount can block such a question for ever, so it is asked on a thread of its own, one question at a
 * time; meanwhile the last answer stands. In a container that does not see this directory everything stays 0.
 */
class DiskUsage : private DockerEngine::Listener {
 public:
  struct Space {
    uint64_t total = 0;
    uint64_t free = 0;
    uint64_t used = 0;
  };

  /** Tells the space around a path; called on another thread, where it may block. */
  using Measurement = std::function<Space(const std::string &path)>;

  DiskUsage(EventLoop &loop, DockerEngine &engine, Measurement measurement);
  ~DiskUsage() override;
  DiskUsage(const DiskUsage &) = delete;
  DiskUsage &operator=(const DiskUsage &) = delete;

  /** The last known figures, 0 while there are none; starts finding out newer ones. */
  const Space &Sample();

 private:
  void OnEngineChanged(bool up) override;
  void AskForRoot();
  void OnInfo(const DockerCall::Outcome &outcome);
  void Measure();

  EventLoop &loop_;
  DockerEngine &engine_;
  const Measurement measurement_;
  Worker worker_;
  std::string root_;  // where the engine says its data is
  Space space_;
  std::unique_ptr<DockerCall> info_;
  std::unique_ptr<WorkerTask> task_;
};

/** Of the file system that holds `path`; all 0 when it cannot be told. May block. */
DiskUsage::Space MeasureSpace(const std::string &path);

}  // namespace lookout
