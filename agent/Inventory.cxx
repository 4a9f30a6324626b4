// SPDX-License-Identifier: Apache-2.0
#include "agent/Inventory.hxx"

#include <algorithm>
#include <array>

#include "base/JsonValue.hxx"
#include "base/Log.hxx"
#include "base/Strings.hxx"

namespace lookout {

namespace {

constexpr size_t kMaxProbes = 8;
constexpr size_t kMaxList = 64 * 1024 * 1024;
constexpr size_t kMaxListValues = 5'000'000;
constexpr std::chrono::seconds kGather{1};
constexpr std::chrono::seconds kRetry{10};

/** Actions after which a container is described differently; others (exec_start, attach, ...) only make noise. */
constexpr std::array<std::string_view, 12> kActions = {"create",  "start",  "stop",   "die", "restart", "pause",
                                                       "unpause", "rename", "update", "oom", "kill",    "commit"};

bool ChangesContainer(std::string_view action) {
  return action.starts_with("health_status") || std::find(kActions.begin(), kActions.end(), action) != kActions.end();
}

/** What the list says of a container, without the running clock in "Up 5 minutes": a difference is worth a look. */
std::string ListMark(const JsonValue &entry) {
  const std::string &status = entry["Status"].AsString();
  const size_t note = std::min(status.find('('), status.size());
  std::string mark = entry["State"].AsString() + status.substr(note);
  for (const auto key : {"ImageID", "Names", "Ports", "Labels", "Mounts", "NetworkSettings"}) {
    mark += entry[key].Raw();
  }
  return mark;
}

}  // namespace

Inventory::Inventory(EventLoop &loop, DockerEngine &engine, InventorySettings settings, Listener &listener)
    : loop_(loop),
      engine_(engine),
      settings_(std::move(settings)),
      listener_(listener),
      gather_(loop,
              [this] {
                waiting_.merge(touched_);
                touched_.clear();
                Probe();
              }),
      retry_(loop,
             [this] {
               waiting_.merge(failed_);
               failed_.clear();
               Probe();
             }),
      refresh_(loop, [this] { Refresh(); }),
      events_(loop, engine, *this) {
  engine_.AddListener(*this);
}

Inventory::~Inventory() {
  engine_.RemoveListener(*this);
}

void Inventory::Start() {
  events_.Start();
  refresh_.Arm(settings_.refresh_interval);
}

void Inventory::SetRefreshInterval(Duration interval) {
  settings_.refresh_interval = interval;
  refresh_.Arm(interval);
}

void Inventory::OnEngineChanged(bool up) {
  if (!up) return;
  const auto &info = engine_.GetInfo();
  if (!info.os.empty()) settings_.form.engine_os = info.os;
  if (!info.arch.empty()) settings_.form.engine_architecture = info.arch;
}

void Inventory::OnEventsFlowing() {
  Refresh();
}

void Inventory::OnEventsLost() {
  LogDebug("the engine's events have stopped; the inventory is kept as it is");
}

void Inventory::OnDockerEvent(const DockerEvent &event) {
  if (event.is_image) return images_.Clear();
  if (event.action == "destroy") return Remove(event.id);
  if (!ChangesContainer(event.action)) return;
  touched_.insert(event.id);
  if (!gather_.IsArmed()) gather_.Arm(kGather);
}

void Inventory::Refresh() {
  refresh_.Arm(settings_.refresh_interval);
  if (list_) {
    list_again_ = true;
    return;
  }
  list_ = std::make_unique<DockerCall>(loop_, engine_, MakeAgentRequest("GET", "/containers/json?all=1"), kMaxList,
                                       [this](const DockerCall::Outcome &outcome) { OnListed(outcome); });
}

void Inventory::OnListed(const DockerCall::Outcome &outcome) {
  list_.reset();
  if (std::exchange(list_again_, false)) Refresh();
  if (!outcome.reply || outcome.reply->status != 200) {
    LogDebug("the engine gave no list of containers",
             {{"reason", outcome.reply ? DescribeDockerError("list containers", *outcome.reply)
                                       : DescribeFailure("list containers", *outcome.failure)}});
    if (!list_ && engine_.IsUp()) refresh_.Arm(kRetry);
    return;
  }
  const auto list = ParseJson(outcome.reply->body, {.levels = 2, .max_values = kMaxListValues});
  if (!list || !list->IsArray()) {
    return LogWarning("the engine's list of containers cannot be read; the inventory stays as it was",
                      {{"reason", list ? "not an array" : list.error().message}});
  }
  list_marks_.clear();
  for (const auto &entry : list->Items()) {
    const std::string &id = entry["Id"].AsString();
    std::string mark = ListMark(entry);
    const auto known = containers_.find(id);
    if (known == containers_.end() || known->second.list_mark != mark) waiting_.insert(id);
    list_marks_.emplace(id, std::move(mark));
  }
  std::vector<std::string> gone;
  for (const auto &[id, entry] : containers_) {
    if (!list_marks_.contains(id)) gone.push_back(id);
  }
  for (const auto &id : gone) Remove(id);
  listed_ = true;
  Probe();
  CheckReady();
}

void Inventory::Remove(const std::string &id) {
  for (auto *const set : {&touched_, &waiting_, &again_, &failed_}) set->erase(id);
  list_marks_.erase(id);
  const auto found = containers_.find(id);
  if (found == containers_.end()) return;
  const std::string name = std::move(found->second.name);
  containers_.erase(found);
  listener_.OnContainerRemoved(id, name);
}

void Inventory::Forget(const std::string &id_or_name) {
  const auto found = std::find_if(containers_.begin(), containers_.end(), [&](const auto &entry) {
    return entry.first == id_or_name || entry.second.name == id_or_name;
  });
  if (found != containers_.end()) Remove(std::string(found->first));
}

void Inventory::Probe() {
  while (!waiting_.empty() && probes_.size() < kMaxProbes) {
    const std::string id = std::move(waiting_.extract(waiting_.begin()).value());
    if (probes_.contains(id)) {
      again_.insert(id);
      continue;
    }
    probes_[id] = std::make_unique<ContainerProbe>(
        loop_, engine_, images_, settings_.form, id,
        [this, id](ContainerProbe::Result result) { OnProbed(id, std::move(result)); });
  }
}

void Inventory::OnProbed(const std::string &probed, ContainerProbe::Result result) {
  // A copy, since the callback that holds it goes with the probe.
  const std::string id = probed;  // NOLINT(performance-unnecessary-copy-initialization)
  probes_.erase(id);
  if (again_.erase(id) > 0) waiting_.insert(id);
  switch (result.outcome) {
    case ContainerProbe::Outcome::Gone: Remove(id); break;
    case ContainerProbe::Outcome::Failed:
      LogDebug("a container could not be looked at; it stays as it was", {{"id", id}, {"reason", result.reason}});
      failed_.insert(id);
      if (!retry_.IsArmed()) retry_.Arm(kRetry);
      break;
    case ContainerProbe::Outcome::Found: {
      const auto [entry, is_new] = containers_.try_emplace(id);
      const bool changed = entry->second.json != result.json;
      const auto mark = list_marks_.find(id);
      entry->second = {std::move(result.name), std::move(result.json),
                       mark != list_marks_.end() ? mark->second : entry->second.list_mark};
      if (is_new) {
        listener_.OnContainerAdded(id);
      } else if (changed) {
        listener_.OnContainerUpdated(id);
      }
      break;
    }
  }
  Probe();
  CheckReady();
}

void Inventory::CheckReady() {
  if (ready_ || !listed_ || !probes_.empty() || !waiting_.empty()) return;
  ready_ = true;
  LogInfo("the containers of this host are known", {{"containers", containers_.size()}});
  listener_.OnInventoryReady();
}

}  // namespace lookout
