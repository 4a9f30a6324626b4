// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/ChildProcess.hxx"
#include "base/Result.hxx"

namespace lookout {

/** How compose is called on this host. */
struct ComposeTool {
  /** {"/usr/bin/docker", "compose"} or {"/usr/bin/docker-compose"}. */
  std::vector<std::string> command;
  /** As it says itself: "2.27.1", "1.29.2". */
  std::string version;

  /** The Python tool, which knows fewer options. */
  bool IsFirstGeneration() const { return version.starts_with("1."); }
};

/**
 * Finds the compose tool by running what may be one: `docker compose version --short`, else `docker-compose version
 * --short`, each for at most 10 s. Calls back once, from the loop and never from inside the constructor, unless it is
 * destroyed first; the callback may destroy it.
 */
class ComposeToolSearch final : private ChildProcess::Handler {
 public:
  using Callback = std::function<void(Result<ComposeTool>)>;

  /** `path`: directories with colons between them. */
  ComposeToolSearch(EventLoop &loop, ChildReaper &reaper, std::string path, Callback on_done);
  ~ComposeToolSearch() override;

 private:
  void OnOutput(ChildProcess::Output from, std::string_view bytes) override;
  void OnExit(ChildExit exit) override;

  void TryNext();
  void Finish(Result<ComposeTool> result);

  EventLoop &loop_;
  ChildReaper &reaper_;
  const std::string path_;
  Callback on_done_;
  std::vector<std::vector<std::string>> candidates_;
  std::vector<std::string> current_;
  std::string output_;
  Deferred next_;
  Timer limit_;
  std::unique_ptr<ChildProcess> child_;
};

/** The first executable file of that name in the directories of `path`, or "". */
std::string FindProgram(std::string_view name, std::string_view path);

}  // namespace lookout
