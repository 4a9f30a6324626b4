// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/Worker.hxx"
#include "proxy/DockerEngine.hxx"

namespace lookout {

/**
 * The space of the file system that the engine keeps its data on. A dead network mount can block such a question
 * for ever, so it is asked on a thread of its own, one question at a time; meanwhile the last answer stands.
 */
class DiskUsage {
 public:
  struct Space {
    uint64_t total = 0;
    uint64_t free = 0;
    uint64_t used = 0;
  };

  DiskUsage(EventLoop &loop, DockerEngine &engine);

  /** The last known figures, 0 while there are none; starts finding out newer ones. */
  const Space &Sample();

 private:
  void AskForRoot();
  void OnInfo(const DockerCall::Outcome &outcome);
  void Measure();

  EventLoop &loop_;
  DockerEngine &engine_;
  Worker worker_;
  std::string root_;  // where the engine says its data is
  Space space_;
  std::unique_ptr<DockerCall> info_;
  std::unique_ptr<WorkerTask> task_;
};

/** Of the file system that holds `path`; all 0 when it cannot be told. Blocks. */
DiskUsage::Space MeasureSpace(const std::string &path);

}  // namespace lookout
