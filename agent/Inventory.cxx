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
constexpr std::chrono::seconds kRetry{5};
/** A container that cannot be looked at this often holds up the others no longer. */
constexpr unsigned kMaxFailures = 2;

/** Actions that leave a container as it was; a health check alone makes three of them each time. */
constexpr std::array<std::string_view, 9> kNoise = {
    "attach", "detach", "top", "resize", "export", "commit", "copy", "archive-path", "extract-to-dir",
};

bool ChangesContainer(std::string_view action) {
  return !action.starts_with("exec_") && std::find(kNoise.begin(), kNoise.end(), action) == kNoise.end();
}

/**
 * What the list says of a container: a difference is worth a look. Without ports and mounts, which Docker lists in
 * another order each time. The running clock in "Up 5 minutes" counts only where no event tells of a restart.
 */
size_t ListMark(const JsonValue &entry, bool with_clock) {
  const std::string &status = entry["Status"].AsString();
  const size_t note = with_clock ? 0 : std::min(status.find('('), status.size());
  std::string mark = entry["State"].AsString() + status.substr(note);
  for (const auto key : {"ImageID", "Names", "Labels", "NetworkSettings"}) mark += entry[key].Raw();
  return std::hash<std::string>()(mark);
}

}  // namespace

Inventory::Inventory(EventLoop &loop, DockerEngine &engine, DockerEvents &events, InventorySettings settings)
    : loop_(loop),
      engine_(engine),
      settings_(std::move(settings)),
      gather_(loop,
              [this] {
                waiting_.merge(touched_);
                touched_.clear();
                Probe();
              }),
      retry_(loop, [this] { Retry(); }),
      refresh_(loop, [this] { Refresh(); }),
      events_(events) {
  engine_.AddListener(*this);
  events_.AddHandler(*this);
}

Inventory::~Inventory() {
  events_.RemoveHandler(*this);
  engine_.RemoveListener(*this);
}

void Inventory::Start() {
  refresh_.Arm(settings_.refresh_interval);
}

void Inventory::SetRefreshInterval(Duration interval) {
  // Sessions that come and go must not put it off again and again.
  if (interval == settings_.refresh_interval && refresh_.IsArmed()) return;
  settings_.refresh_interval = interval;
  refresh_.Arm(interval);
}

void Inventory::OnEngineChanged(bool up) {
  if (!up) return;
  const auto &info = engine_.GetInfo();
  if (!info.os.empty()) settings_.form.engine_os = info.os;
  if (!info.arch.empty()) settings_.form.engine_architecture = info.arch;
  Probe();
}

void Inventory::OnEventsFlowing() {
  polls_ = false;
  Refresh();
}

void Inventory::OnEventsLost() {
  LogDebug("the engine's events have stopped; the inventory is kept as it is");
  // An engine that restarts forgets its events, and its containers may look in the list as they did before.
  for (auto &[id, entry] : containers_) entry.list_mark.reset();
  list_marks_.clear();
}

void Inventory::OnEventsRefused(const std::string &reason) {
  if (std::exchange(polls_, true)) return;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(settings_.refresh_interval).count();
  LogWarning("the Docker engine gives no events; containers are looked at in intervals only. Allow GET /events",
             {{"reason", reason}, {"seconds", seconds}});
  if (!listed_) Refresh();
}

void Inventory::OnDockerEvent(const DockerEvent &event) {
  if (event.is_image) return images_.Clear();
  if (event.action == "destroy") return Forget(event.id);
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
    return ListAgainSoon();
  }
  const auto list = ParseJson(outcome.reply->body, {.levels = 2, .max_values = kMaxListValues});
  if (!list || !list->IsArray()) {
    if (!std::exchange(list_is_broken_, true)) {
      LogWarning("the engine's list of containers cannot be read; the inventory stays as it was. Trying on",
                 {{"reason", list ? "not an array" : list.error().message}});
    }
    return ListAgainSoon();
  }
  list_is_broken_ = false;
  Compare(*list);
  listed_ = true;
  Probe();
  CheckReady();
}

void Inventory::ListAgainSoon() {
  if (!list_ && engine_.IsUp()) refresh_.Arm(kRetry);
}

void Inventory::Compare(const JsonValue &list) {
  list_marks_.clear();
  for (const auto &entry : list.Items()) {
    const std::string &id = entry["Id"].AsString();
    const size_t mark = ListMark(entry, polls_);
    const auto known = containers_.find(id);
    if (known == containers_.end() || known->second.list_mark != mark) waiting_.insert(id);
    list_marks_.emplace(id, mark);
  }
  // The list may be older than the events that told of a container, so what it lacks is looked at before it goes.
  for (const auto &[id, entry] : containers_) {
    if (!list_marks_.contains(id)) waiting_.insert(id);
  }
}

void Inventory::Remove(const std::string &id) {
  for (auto *const set : {&touched_, &waiting_, &again_}) set->erase(id);
  // A look that is under way may have seen it still.
  probes_.erase(id);
  failed_.erase(id);
  list_marks_.erase(id);
  const auto found = containers_.find(id);
  if (found == containers_.end()) return;
  const std::string name = std::move(found->second.name);
  containers_.erase(found);
  listeners_.Tell([&](Listener &listener) { listener.OnContainerRemoved(id, name); });
}

void Inventory::Forget(const std::string &id_or_name) {
  const auto found = std::find_if(containers_.begin(), containers_.end(), [&](const auto &entry) {
    return entry.first == id_or_name || entry.second.name == id_or_name;
  });
  Remove(found != containers_.end() ? std::string(found->first) : id_or_name);
  Probe();
  CheckReady();
}

void Inventory::Probe() {
  while (engine_.IsUp() && !waiting_.empty() && probes_.size() < kMaxProbes) {
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
    case ContainerProbe::Outcome::Found: OnFound(id, std::move(result)); break;
    case ContainerProbe::Outcome::Gone: Remove(id); break;
    case ContainerProbe::Outcome::Failed:
    case ContainerProbe::Outcome::Unreachable: OnFailed(id, result); break;
  }
  Probe();
  CheckReady();
}

void Inventory::OnFound(const std::string &id, ContainerProbe::Result result) {
  failed_.erase(id);
  const auto [entry, is_new] = containers_.try_emplace(id);
  const bool changed = entry->second.json != result.json;
  const auto mark = list_marks_.find(id);
  if (mark != list_marks_.end()) entry->second.list_mark = mark->second;
  entry->second.name = std::move(result.name);
  entry->second.is_running = result.is_running;
  entry->second.image_id = std::move(result.image_id);
  entry->second.json = std::move(result.json);
  if (is_new) {
    listeners_.Tell([&](Listener &listener) { listener.OnContainerAdded(id); });
  } else if (changed) {
    listeners_.Tell([&](Listener &listener) { listener.OnContainerUpdated(id); });
  }
}

void Inventory::OnFailed(const std::string &id, const ContainerProbe::Result &result) {
  unsigned &failures = failed_[id];
  if (result.outcome == ContainerProbe::Outcome::Failed && ++failures == kMaxFailures) {
    LogWarning("a container cannot be looked at; what was known of it before stays. Trying on",
               {{"container", id}, {"reason", result.reason}});
  }
  if (!retry_.IsArmed()) retry_.Arm(kRetry);
}

void Inventory::Retry() {
  for (const auto &[id, failures] : failed_) waiting_.insert(id);
  Probe();
}

void Inventory::CheckReady() {
  if (ready_ || !listed_ || !probes_.empty() || !waiting_.empty()) return;
  // The controller forgets what the first list lacks.
  if (std::any_of(failed_.begin(), failed_.end(), [](const auto &entry) { return entry.second < kMaxFailures; }))
    return;
  ready_ = true;
  LogInfo("the containers of this host are known", {{"containers", containers_.size()}});
  listeners_.Tell([](Listener &listener) { listener.OnInventoryReady(); });
}

}  // namespace lookout
