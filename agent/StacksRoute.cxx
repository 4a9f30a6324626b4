// SPDX-License-Identifier: Apache-2.0
#include "agent/StacksRoute.hxx"

#include "agent/StackList.hxx"
#include "base/JsonWriter.hxx"
#include "base/Utf8.hxx"
#include "proxy/DockerCall.hxx"
#include "proxy/TargetQuery.hxx"

namespace lookout {

namespace {

/** A thousand containers with many labels. */
constexpr size_t kMaxStackList = size_t{16} << 20;
/** {"label":["com.docker.compose.project"]} */
constexpr std::string_view kListTarget =
    "/containers/json?all=1&filters=%7B%22label%22%3A%5B%22com.docker.compose.project%22%5D%7D";

void WriteServices(const StackEntry &stack, JsonWriter &json) {
  json.Key("services").BeginArray();
  for (const auto &[name, containers] : stack.services) {
    json.BeginObject().Member("name", name).Key("containers").BeginArray();
    for (const auto &container : containers) {
      json.BeginObject().Member("id", container.id).Member("name", container.name);
      json.Member("state", container.state).Member("status", container.status).End();
    }
    json.End().End();
  }
  json.End();
}

/** The kept result, without its output unless that is wanted. */
void WriteLast(const std::string &last, bool with_output, JsonWriter &json) {
  const auto parsed = ParseJson(last);
  if (!parsed) return;
  json.Key("last").BeginObject();
  for (const auto &[key, value] : parsed->Members()) {
    if (with_output || key != "output") json.Key(key).Raw(value.Raw());
  }
  json.End();
}

}  // namespace

/** One answer: the engine's list, then the directories. */
class StacksRoute::Listing final : public Work {
 public:
  Listing(StacksRoute &route, std::optional<std::string> wanted, Respond respond)
      : route_(route),
        wanted_(std::move(wanted)),
        respond_(std::move(respond)),
        call_(route.Loop(), route.engine_, MakeAgentRequest("GET", kListTarget), kMaxStackList,
              [this](const DockerCall::Outcome &outcome) { OnListed(outcome); }) {}

 private:
  void OnListed(const DockerCall::Outcome &outcome) {
    constexpr std::string_view kAction = "listing containers";
    if (outcome.failure) return respond_(MakeTextResponse(502, DescribeFailure(kAction, *outcome.failure)));
    if (outcome.reply->status != 200) {
      return respond_(MakeTextResponse(502, DescribeDockerError(kAction, *outcome.reply)));
    }
    const auto containers = ParseJson(outcome.reply->body);
    if (!containers) return respond_(MakeTextResponse(502, "listing containers: " + containers.error().message));
    auto stacks = GroupStacks(*containers, route_.stacks_dir_);
    AddStackDirectories(stacks, route_.stacks_dir_);
    respond_(MakeJsonResponse(200, Format(stacks)));
  }

  std::string Format(const StackList &stacks) const {
    JsonWriter json;
    json.BeginObject().Key("stacks").BeginArray();
    for (const auto &[name, stack] : stacks) {
      if (wanted_ && name != *wanted_ && stack.directory != *wanted_) continue;
      json.BeginObject().Member("name", ReplaceInvalidUtf8(name));
      json.OptionalMember("directory", ReplaceInvalidUtf8(stack.directory));
      json.OptionalMember("running", route_.journal_.DescribeRunning(stack.directory));
      WriteServices(stack, json);
      WriteLast(route_.journal_.LastResult(stack.directory), wanted_.has_value(), json);
      json.End();
    }
    json.End().End();
    return json.Take() + "\n";
  }

  StacksRoute &route_;
  const std::optional<std::string> wanted_;
  Respond respond_;
  DockerCall call_;
};

std::unique_ptr<GetRoute::Work> StacksRoute::Begin(const RequestHead &head, Respond respond) {
  return std::make_unique<Listing>(*this, FindQueryParameter(head.Query(), "stack"), std::move(respond));
}

}  // namespace lookout
