// SPDX-License-Identifier: Apache-2.0
#include "agent/RemovalAnswer.hxx"

#include <fmt/core.h>

#include "agent/LogAnswer.hxx"
#include "base/Strings.hxx"
#include "proxy/DockerCall.hxx"
#include "proxy/ReadyAnswer.hxx"

namespace lookout {

namespace {

constexpr std::string_view kRemovalPrefix = "removing container: ";
constexpr std::string_view kRemovalAction = "remove container";
constexpr size_t kMaxRemovalReply = 64 * 1024;
constexpr size_t kMaxText = 4096;

class RemovalExchange final : public Exchange {
 public:
  RemovalExchange(EventLoop &loop, RequestHandler &docker, Inventory &inventory, const std::string &container_id,
                  ResponseSink &sink)
      : loop_(loop),
        inventory_(inventory),
        container_id_(container_id),
        sink_(sink),
        call_(loop, docker, MakeAgentRequest("DELETE", fmt::format("/containers/{}?force=1", container_id)),
              kMaxRemovalReply, [this](const DockerCall::Outcome &outcome) { OnDone(outcome); }) {}

  void Resume() override {
    if (answer_) answer_->Resume();
  }

 private:
  void OnDone(const DockerCall::Outcome &outcome) {
    if (!outcome.reply) return Refuse(500, DescribeFailure(kRemovalAction, *outcome.failure));
    const int status = outcome.reply->status;
    if (status != 200 && status != 204)
      return Refuse(KeepStatus(status), DescribeDockerError(kRemovalAction, *outcome.reply));
    inventory_.Forget(container_id_);
    FullResponse done;
    done.head = {204, "No Content", {}};
    answer_ = MakeReadyExchange(loop_, sink_, std::move(done));
  }

  void Refuse(int status, std::string_view message) {
    const std::string text = std::string(kRemovalPrefix) + PrintableUnquoted(message, kMaxText);
    answer_ = MakeReadyExchange(loop_, sink_, MakeTextResponse(status, text));
  }

  EventLoop &loop_;
  Inventory &inventory_;
  const std::string container_id_;
  ResponseSink &sink_;
  std::unique_ptr<Exchange> answer_;
  DockerCall call_;
};

}  // namespace

std::unique_ptr<Exchange> MakeRemovalExchange(EventLoop &loop, RequestHandler &docker, Inventory &inventory,
                                              const RouteCall &call) {
  const std::string &container_id = call.arguments.front();
  if (!IsValidContainerRef(container_id)) {
    const std::string text =
        fmt::format("{}invalid container id/name: \"{}\"", kRemovalPrefix, Printable(container_id, 64));
    return MakeReadyExchange(loop, call.sink, MakeTextResponse(400, text));
  }
  return std::make_unique<RemovalExchange>(loop, docker, inventory, container_id, call.sink);
}

}  // namespace lookout
