// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/ComposeCommand.hxx"
#include "agent/ComposeRequest.hxx"
#include "agent/ComposeResult.hxx"
#include "agent/ComposeScratch.hxx"
#include "agent/ComposeTool.hxx"
#include "agent/StackPreparation.hxx"
#include "base/ChildProcess.hxx"
#include "base/EventLoop.hxx"
#include "base/Worker.hxx"
#include "proxy/DockerCall.hxx"
#include "proxy/DockerEngine.hxx"

namespace lookout {

struct ComposeSettings {
  std::string stacks_dir;
  std::string docker_socket;
  /** Where the tools are looked for. */
  std::string path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  ComposeRules rules;
  DeadlineSettings deadlines;
};

/** What every compose operation uses; its owner keeps it as long as there are any. */
struct ComposeContext {
  EventLoop &loop;
  DockerEngine &engine;
  ChildReaper &reaper;
  Worker &worker;
  ComposeSettings settings;
  /** Found once and then kept. */
  std::optional<ComposeTool> tool;
};

/**
 * One compose operation on its way: find the tool, check the registry's credentials with the engine, write the files,
 * run the tool. Destroying it ends all of that, and kills the tool with everything that it has started.
 */
class ComposeRun final : private ChildProcess::Handler {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    /** What the tool writes, as it comes. */
    virtual void OnOutput(bool is_error_stream, std::string_view bytes) = 0;
    /** Once, from the loop, and the last call; `error` says why it failed. It may destroy the run. */
    virtual void OnDone(bool success, std::string error) = 0;
  };

  /** `context` and `listener` must outlive it. */
  ComposeRun(ComposeContext &context, ComposeRequest request, Listener &listener);
  ~ComposeRun() override;

  /** While paused, the tool waits as soon as it has filled its pipes. */
  void SetPaused(bool paused);

 private:
  void OnOutput(ChildProcess::Output from, std::string_view bytes) override;
  void OnExit(ChildExit exit) override;

  void FindTool();
  void OnTool(Result<ComposeTool> tool);
  void CheckLogin();
  void OnLogin(const DockerCall::Outcome &outcome);
  void Prepare();
  void OnPrepared(const Result<PreparedStack> &stack);
  void Execute(const PreparedStack &stack);
  void Finish(bool success, std::string error);

  ComposeContext &context_;
  const std::shared_ptr<const ComposeRequest> request_;
  Listener &listener_;
  bool paused_ = false;
  std::unique_ptr<ComposeScratch> scratch_;
  std::unique_ptr<ComposeToolSearch> search_;
  std::unique_ptr<DockerCall> login_;
  std::unique_ptr<WorkerTask> preparation_;
  std::unique_ptr<ChildProcess> child_;
  Deferred begin_;
  Timer limit_;
};

}  // namespace lookout
