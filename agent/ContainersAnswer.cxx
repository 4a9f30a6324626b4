// SPDX-License-Identifier: Apache-2.0
#include "agent/ContainersAnswer.hxx"

#include <fmt/core.h>

#include "base/JsonText.hxx"
#include "base/Strings.hxx"
#include "proxy/ReadyAnswer.hxx"

namespace lookout {

namespace {

constexpr std::chrono::seconds kAnswerPatience{10};

class ContainersExchange final : public Exchange, private Inventory::Listener {
 public:
  ContainersExchange(EventLoop &loop, Inventory &inventory, ResponseSink &sink)
      : loop_(loop), inventory_(inventory), sink_(sink), patience_(loop, [this] { GiveUp(); }) {
    inventory_.AddListener(*this);
    patience_.Arm(kAnswerPatience);
  }
  ~ContainersExchange() override { inventory_.RemoveListener(*this); }

  void Resume() override {
    if (answer_) answer_->Resume();
  }

 private:
  void OnInventoryReady() override {
    patience_.Cancel();
    if (!answer_) answer_ = MakeJsonExchange(loop_, sink_, ListContainers(inventory_));
  }
  void OnContainerAdded(const std::string &) override {}
  void OnContainerUpdated(const std::string &) override {}
  void OnContainerRemoved(const std::string &, const std::string &) override {}

  void GiveUp() {
    const std::string &down = inventory_.GetEngine().DownReason();
    auto response = MakeTextResponse(
        503, fmt::format("the containers of this host are not known yet: {}",
                         down.empty() ? "the engine is still being asked" : PrintableUnquoted(down, 512)));
    response.head.headers.Add("Retry-After", "5");
    answer_ = MakeReadyExchange(loop_, sink_, std::move(response));
  }

  EventLoop &loop_;
  Inventory &inventory_;
  ResponseSink &sink_;
  Timer patience_;
  std::unique_ptr<Exchange> answer_;
};

}  // namespace

std::string ListContainers(const Inventory &inventory) {
  std::string list = "[";
  for (const auto &[id, entry] : inventory.Containers()) {
    if (list.size() > 1) list += ',';
    list += entry.json;
  }
  return list + "]";
}

std::unique_ptr<Exchange> MakeJsonExchange(EventLoop &loop, ResponseSink &sink, std::string_view json, int status) {
  return MakeReadyExchange(loop, sink, MakeJsonResponse(status, EscapeJsonMarkup(json) + "\n"));
}

std::unique_ptr<Exchange> MakeContainersExchange(EventLoop &loop, Inventory &inventory, const RouteCall &call) {
  if (inventory.IsReady()) return MakeJsonExchange(loop, call.sink, ListContainers(inventory));
  return std::make_unique<ContainersExchange>(loop, inventory, call.sink);
}

}  // namespace lookout
