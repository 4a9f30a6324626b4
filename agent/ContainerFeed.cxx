// SPDX-License-Identifier: Apache-2.0
#include "agent/ContainerFeed.hxx"

#include "base/JsonWriter.hxx"
#include "base/Log.hxx"

namespace lookout {

namespace {

constexpr std::string_view kDescription = "Containers of a remote Docker host, watched by the controller";
constexpr std::string_view kListHead = "{\"containers\":[";
constexpr std::string_view kListTail = "]}";
constexpr std::chrono::seconds kPatience{5};

std::string MakeComponents(const Dialect &dialect) {
  JsonWriter json;
  json.BeginObject().Key("watchers").BeginArray().BeginObject();
  json.Member("type", "docker").Member("name", kWatcherName);
  json.Key("configuration").BeginObject();
  json.Key("capabilities").BeginArray().String("container-sync").String("labels").End();
  json.Member("description", kDescription)
      .Member("events", dialect.event_source)
      .Member("execution", "controller")
      .Member("transport", "docker-api");
  json.End().End().End();
  json.Key("triggers").BeginArray().End();
  return json.End().Take();
}

}  // namespace

ContainerFeed::ContainerFeed(EventLoop &loop, Inventory &inventory, const Dialect &dialect)
    : inventory_(inventory),
      dialect_(dialect),
      default_interval_(inventory.RefreshInterval()),
      patience_(loop, [this] { SendEmptyList(); }) {
  inventory_.AddListener(*this);
}

ContainerFeed::~ContainerFeed() {
  inventory_.RemoveListener(*this);
}

bool ContainerFeed::IsEngineAway() const {
  const auto &engine = inventory_.GetEngine();
  return !engine.IsUp() && !engine.DownReason().empty();
}

void ContainerFeed::OnSessionReady(FrameSender &sender, const Welcome &welcome) {
  sender_ = &sender;
  synced_ = false;
  blocked_ = false;
  pending_.clear();
  inventory_.SetRefreshInterval(welcome.poll_interval ? std::chrono::seconds(*welcome.poll_interval)
                                                      : default_interval_);
  if (!dialect_.syncs_containers_first) SendComponents();
  if (inventory_.IsReady()) {
    SendContainers();
  } else if (dialect_.syncs_containers_first || IsEngineAway()) {
    SendEmptyList();
  } else {
    patience_.Arm(kPatience);
  }
  if (dialect_.syncs_containers_first) SendComponents();
}

void ContainerFeed::SendComponents() {
  sender_->SendFrame("dd:component_sync", MakeComponents(dialect_));
}

void ContainerFeed::SendEmptyList() {
  sender_->SendFrame("dd:container_sync", std::string(kListHead).append(kListTail));
  if (on_synced_) on_synced_();
}

void ContainerFeed::OnInventoryReady() {
  if (sender_ != nullptr) SendContainers();
}

void ContainerFeed::SendContainers() {
  synced_ = true;
  patience_.Cancel();
  pending_.clear();
  std::string list(kListHead);
  const size_t limit = sender_->MaxFrameSize() - kListTail.size();
  for (const auto &[id, entry] : inventory_.Containers()) {
    if (list.size() + entry.json.size() + 1 > limit) {
      // The controller drops what the list lacks and takes it back one by one: nothing is lost.
      pending_[id] = {Change::Added, {}};
      continue;
    }
    if (list.size() > kListHead.size()) list += ',';
    list += entry.json;
  }
  list += kListTail;
  blocked_ = sender_->SendFrame("dd:container_sync", list) == Flow::Wait;
  if (on_synced_) on_synced_();
  Pump();
}

void ContainerFeed::OnContainerAdded(const std::string &id) {
  Note(id, {Change::Added, {}});
}

void ContainerFeed::OnContainerUpdated(const std::string &id) {
  Note(id, {Change::Updated, {}});
}

void ContainerFeed::OnContainerRemoved(const std::string &id, const std::string &name) {
  Note(id, {Change::Removed, name});
}

void ContainerFeed::Note(const std::string &id, Pending pending) {
  if (sender_ == nullptr || !synced_) return;
  const auto [entry, is_new] = pending_.try_emplace(id, pending);
  // One that has not been told yet stays new, however often it changes.
  const bool stays_new = !is_new && entry->second.change == Change::Added && pending.change == Change::Updated;
  if (!stays_new) entry->second = std::move(pending);
  Pump();
}

void ContainerFeed::Pump() {
  while (sender_ != nullptr && !blocked_ && !pending_.empty()) {
    const auto next = pending_.extract(pending_.begin());
    blocked_ = SendChange(next.key(), next.mapped()) == Flow::Wait;
  }
}

Flow ContainerFeed::SendChange(const std::string &id, const Pending &pending) {
  JsonWriter json;
  json.BeginObject();
  if (pending.change == Change::Removed) {
    json.Member("id", id).Member("name", pending.name);
    return sender_->SendFrame("dd:container_removed", json.End().Text());
  }
  const auto found = inventory_.Containers().find(id);
  if (found == inventory_.Containers().end()) return Flow::Go;
  json.Key("container").Raw(found->second.json).End();
  if (json.Text().size() > sender_->MaxFrameSize()) {
    LogWarning("a container's description is too large for the controller; it is not told of it",
               {{"container", found->second.name}, {"bytes", json.Text().size()}, {"limit", sender_->MaxFrameSize()}});
    return Flow::Go;
  }
  const bool is_new = pending.change == Change::Added;
  return sender_->SendFrame(is_new ? "dd:container_added" : "dd:container_updated", json.Text());
}

void ContainerFeed::OnSendable() {
  blocked_ = false;
  Pump();
}

void ContainerFeed::OnSessionEnded() {
  sender_ = nullptr;
  pending_.clear();
  patience_.Cancel();
}

}  // namespace lookout
