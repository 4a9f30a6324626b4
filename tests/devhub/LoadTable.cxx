// SPDX-License-Identifier: Apache-2.0
#include "tests/devhub/LoadTable.hxx"

#include <fmt/format.h>

#include <charconv>

#include "tests/devhub/EchoLoad.hxx"
#include "tests/devhub/FollowLoad.hxx"
#include "tests/devhub/RequestLoad.hxx"
#include "tests/devhub/StreamLoad.hxx"

namespace lookout::devhub {

namespace {

constexpr std::string_view kName = "load-";
/** The ids stand in front in every frame of our agent. */
constexpr size_t kIdWithin = 160;

std::unique_ptr<Load> MakeLoad(LoadContext context, const JsonValue &args) {
  const std::string &kind = args["kind"].AsString();
  if (kind == "requests") return std::make_unique<RequestLoad>(std::move(context), args);
  if (kind == "stream") return std::make_unique<StreamLoad>(std::move(context), args);
  if (kind == "echo") return std::make_unique<EchoLoad>(std::move(context), args);
  if (kind == "follow") return std::make_unique<FollowLoad>(std::move(context), args);
  return nullptr;
}

/** Takes a number off the front. */
uint64_t TakeNumber(std::string_view &text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return number;
}

}  // namespace

LoadTable::LoadTable(EventLoop &loop, FrameOutlet &outlet, EventBus &bus, std::function<void(std::string_view)> send)
    : loop_(loop), outlet_(outlet), bus_(bus), send_(std::move(send)), sweep_(loop, [this] {
        for (const uint64_t number : finished_) loads_.erase(number);
        finished_.clear();
      }) {}

Result<std::string> LoadTable::Start(ClientId client, const JsonValue &args) {
  const uint64_t number = ++last_;
  const std::string name = fmt::format("{}{}", kName, number);
  auto load = MakeLoad(
      {loop_, outlet_, send_, [this, number](const std::string &report) { Finish(number, report); }, name + "-"}, args);
  if (!load) return Fail("unknown kind of load");
  Load &started = *load;
  loads_.emplace(number, Entry{client, std::move(load)});
  started.Start();
  return name;
}

void LoadTable::Stop(std::string_view name) {
  if (!name.starts_with(kName)) return;
  name.remove_prefix(kName.size());
  const auto found = loads_.find(TakeNumber(name));
  if (found != loads_.end() && !finished_.contains(found->first)) found->second.load->Stop();
}

bool LoadTable::Take(std::string_view message) {
  if (loads_.empty()) return false;
  constexpr std::string_view kBegin = "{\"type\":\"";
  const size_t at = message.substr(0, kIdWithin).find(kName);
  if (at == std::string_view::npos || !message.starts_with(kBegin)) return false;
  std::string_view rest = message.substr(at + kName.size());
  const auto found = loads_.find(TakeNumber(rest));
  if (found == loads_.end() || !rest.starts_with('-')) return false;
  rest.remove_prefix(1);
  const uint64_t part = TakeNumber(rest);
  const std::string_view type = message.substr(kBegin.size(), message.find('"', kBegin.size()) - kBegin.size());
  if (!finished_.contains(found->first)) found->second.load->OnFrame(part, type, message);
  return true;
}

void LoadTable::Finish(uint64_t number, const std::string &report) {
  if (!finished_.insert(number).second) return;
  bus_.Emit(loads_.at(number).client,
            fmt::format(R"({{"event":"load_end","request":"{}{}",{}}})", kName, number, report));
  sweep_.Schedule();
}

void LoadTable::FailAll() {
  for (const auto &[number, entry] : loads_) Finish(number, R"("failed":1,"error":"connection closed")");
}

}  // namespace lookout::devhub
