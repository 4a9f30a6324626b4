// SPDX-License-Identifier: Apache-2.0
#include "agent/ComposeRun.hxx"

#include <fmt/core.h>

#include <stdexcept>

#include "base/JsonWriter.hxx"

namespace lookout {

namespace {

constexpr size_t kMaxLoginAnswer = 64 * 1024;

/** POST /auth of the engine's API asks the registry whether the credentials are right. */
Request MakeLoginRequest(const RegistryLogin &login) {
  JsonWriter json;
  json.BeginObject().Member("username", login.username).Member("password", login.password.Reveal());
  json.Member("serveraddress", login.server).End();
  return MakeAgentRequest("POST", "/auth", json.Take());
}

}  // namespace

ComposeRun::ComposeRun(ComposeContext &context, ComposeRequest request, Listener &listener)
    : context_(context),
      request_(std::make_shared<const ComposeRequest>(std::move(request))),
      listener_(listener),
      begin_(context.loop, [this] { FindTool(); }),
      limit_(context.loop, [this] {
        const auto limit = ComposeLimit(context_.settings.deadlines, *request_);
        Finish(false, fmt::format("timed out after {} s; the tool was stopped", limit.count() / 1000));
      }) {
  const auto limit = ComposeLimit(context.settings.deadlines, *request_);
  if (limit.count() > 0) limit_.Arm(limit);
  begin_.Schedule();
}

ComposeRun::~ComposeRun() = default;

void ComposeRun::FindTool() {
  if (context_.tool) return CheckLogin();
  search_ = std::make_unique<ComposeToolSearch>(context_.loop, context_.reaper, context_.settings.path,
                                                [this](Result<ComposeTool> tool) { OnTool(std::move(tool)); });
}

void ComposeRun::OnTool(Result<ComposeTool> tool) {
  search_.reset();
  if (!tool) return Finish(false, tool.error().message);
  context_.tool = std::move(*tool);
  CheckLogin();
}

void ComposeRun::CheckLogin() {
  if (!request_->login) return Prepare();
  login_ =
      std::make_unique<DockerCall>(context_.loop, context_.engine, MakeLoginRequest(*request_->login), kMaxLoginAnswer,
                                   [this](const DockerCall::Outcome &outcome) { OnLogin(outcome); });
}

void ComposeRun::OnLogin(const DockerCall::Outcome &outcome) {
  constexpr std::string_view kAction = "registry login";
  if (outcome.failure) return Finish(false, DescribeFailure(kAction, *outcome.failure));
  if (outcome.reply->status >= 300) return Finish(false, DescribeDockerError(kAction, *outcome.reply));
  Prepare();
}

void ComposeRun::Prepare() {
  try {
    scratch_ = std::make_unique<ComposeScratch>(request_->login);
  } catch (const std::runtime_error &error) {
    return Finish(false, error.what());
  }
  // A dry run with files of its own leaves the stack as it is.
  const bool is_apart = request_->dry_run && !request_->files.empty();
  auto root = is_apart ? scratch_->Path() : context_.settings.stacks_dir;
  auto result = std::make_shared<Result<PreparedStack>>();
  preparation_ = context_.worker.Submit([root = std::move(root), request = request_, rules = context_.settings.rules,
                                         result] { *result = PrepareStack(root, *request, rules); },
                                        [this, result] { OnPrepared(*result); });
}

void ComposeRun::OnPrepared(const Result<PreparedStack> &stack) {
  if (!stack) return Finish(false, stack.error().message);
  Execute(*stack);
}

void ComposeRun::Execute(const PreparedStack &stack) {
  const ComposeHost host{context_.settings.docker_socket, context_.engine.GetInfo().api_version, context_.settings.path,
                         scratch_->Path()};
  ChildProcess::Handler &self = *this;
  try {
    child_ = std::make_unique<ChildProcess>(
        context_.loop, context_.reaper,
        MakeComposeCommand(*context_.tool, *request_, stack.directory, stack.variables, host), self);
    child_->SetPaused(paused_);
  } catch (const std::system_error &error) {
    context_.tool.reset();  // it may have been replaced since it was found
    Finish(false, error.what());
  }
}

void ComposeRun::SetPaused(bool paused) {
  paused_ = paused;
  if (child_) child_->SetPaused(paused);
}

void ComposeRun::OnOutput(ChildProcess::Output from, std::string_view bytes) {
  listener_.OnOutput(from == ChildProcess::Output::Error, bytes);
}

void ComposeRun::OnExit(ChildExit exit) {
  Finish(exit.IsSuccess(), exit.IsSuccess() ? "" : exit.Describe());
}

void ComposeRun::Finish(bool success, std::string error) {
  limit_.Cancel();
  search_.reset();
  login_.reset();
  preparation_.reset();
  child_.reset();
  listener_.OnDone(success, std::move(error));
}

}  // namespace lookout
