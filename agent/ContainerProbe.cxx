// SPDX-License-Identifier: Apache-2.0
#include "agent/ContainerProbe.hxx"

#include <fmt/core.h>

#include "agent/ContainerStatus.hxx"
#include "base/Strings.hxx"

namespace lookout {

namespace {

/** Labels and environment may be long; no container needs more than this. */
constexpr size_t kMaxInspect = 4 * 1024 * 1024;
constexpr std::string_view kInspectAction = "inspect container";

ContainerProbe::Result Without(ContainerProbe::Outcome outcome, std::string reason) {
  ContainerProbe::Result result;
  result.outcome = outcome;
  result.reason = std::move(reason);
  return result;
}

}  // namespace

ContainerProbe::ContainerProbe(EventLoop &loop, DockerEngine &engine, ImageCache &images,
                               const ContainerFormSettings &settings, const std::string &id,
                               std::function<void(Result)> on_done)
    : loop_(loop), engine_(engine), images_(images), settings_(settings), on_done_(std::move(on_done)) {
  call_ = std::make_unique<DockerCall>(loop_, engine_,
                                       MakeAgentRequest("GET", fmt::format("/containers/{}/json", PercentEncode(id))),
                                       kMaxInspect, [this](DockerCall::Outcome done) { OnInspected(std::move(done)); });
}

void ContainerProbe::Fail(const Failure &failure) {
  const bool is_gone = failure.kind == Failure::Kind::Unreachable;
  on_done_(Without(is_gone ? Outcome::Unreachable : Outcome::Failed, DescribeFailure(kInspectAction, failure)));
}

void ContainerProbe::OnInspected(DockerCall::Outcome outcome) {
  if (!outcome.reply) return Fail(*outcome.failure);
  if (outcome.reply->status == 404) return on_done_(Without(Outcome::Gone, {}));
  if (outcome.reply->status != 200) {
    return on_done_(Without(Outcome::Failed, DescribeDockerError(kInspectAction, *outcome.reply)));
  }
  inspect_text_ = std::move(outcome.reply->body);
  auto inspect = ParseJson(inspect_text_);
  if (!inspect)
    return on_done_(Without(Outcome::Failed, fmt::format("{}: {}", kInspectAction, inspect.error().message)));
  inspect_ = std::move(*inspect);
  const std::string &image_id = inspect_["Image"].AsString();
  const ImageInfo *const image = images_.Find(image_id);
  if (image != nullptr) return Finish(*image);
  AskForImage(image_id);
}

void ContainerProbe::AskForImage(const std::string &image_id) {
  call_ = std::make_unique<DockerCall>(
      loop_, engine_, MakeAgentRequest("GET", fmt::format("/images/{}/json", PercentEncode(image_id))), kMaxInspect,
      [this, image_id](const DockerCall::Outcome &done) { OnImage(image_id, done); });
}

void ContainerProbe::OnImage(const std::string &image_id, const DockerCall::Outcome &outcome) {
  // Without an answer the container would lose what is known of its image, until somebody touches it again.
  if (outcome.failure && outcome.failure->kind != Failure::Kind::TooLarge) return Fail(*outcome.failure);
  // An image that was removed under its container, or is not for us, is no reason not to show the container.
  if (!outcome.reply || outcome.reply->status != 200) return Finish({});
  ImageInfo image = ParseImageInfo(outcome.reply->body);
  images_.Put(image_id, image);
  Finish(image);
}

void ContainerProbe::Finish(const ImageInfo &image) {
  Result found;
  found.outcome = Outcome::Found;
  found.name = ContainerName(inspect_);
  found.json = WriteContainer(inspect_, image, settings_);
  found.is_running = ContainerStatus(inspect_["State"]) == "running";
  found.image_id = inspect_["Image"].AsString();
  on_done_(std::move(found));
}

}  // namespace lookout
