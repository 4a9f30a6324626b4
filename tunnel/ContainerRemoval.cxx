// SPDX-License-Identifier: Apache-2.0
#include "tunnel/ContainerRemoval.hxx"

#include <fmt/core.h>

#include "tunnel/AnswerFrames.hxx"
#include "tunnel/Limits.hxx"

namespace lookout {

namespace {

constexpr std::string_view kRemovalAction = "remove container";

Request MakeRemoval(const TaskContext &context, const DeleteRequestFrame &frame) {
  Request request = MakeAgentRequest("DELETE", fmt::format("/containers/{}?force=1", frame.container_id));
  request.origin = context.origin;
  request.id = frame.request_id;
  request.audit = {"container_delete", frame.container_id, {}};
  return request;
}

}  // namespace

ContainerRemoval::ContainerRemoval(const TaskContext &context, const DeleteRequestFrame &frame,
                                   std::function<void(const std::string &)> on_removed)
    : context_(context),
      request_id_(frame.request_id),
      container_id_(frame.container_id),
      on_removed_(std::move(on_removed)),
      call_(context.loop, context.handler, MakeRemoval(context, frame), limits::kMaxErrorBody,
            [this](const DockerCall::Outcome &outcome) { OnDone(outcome); }) {}

void ContainerRemoval::Abort(std::string_view reason) {
  if (!finished_) Answer(fmt::format("{}: {}", kRemovalAction, reason));
}

void ContainerRemoval::OnDone(const DockerCall::Outcome &outcome) {
  if (finished_) return;
  if (!outcome.reply) return Answer(DescribeFailure(kRemovalAction, *outcome.failure));
  const int status = outcome.reply->status;
  if (status != 200 && status != 204) return Answer(DescribeDockerError(kRemovalAction, *outcome.reply));
  Answer("");
  if (on_removed_) on_removed_(container_id_);
}

void ContainerRemoval::Answer(std::string_view error) {
  finished_ = true;
  context_.queue.PushControl(MakeDeleteResponse(request_id_, container_id_, error));
  context_.owner.OnTaskFinished(*this);
}

}  // namespace lookout
