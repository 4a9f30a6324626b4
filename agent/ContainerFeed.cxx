// SPDX-License-Identifier: Apache-2.0
#include "agent/ContainerFeed.hxx"

#include <utility>

#include "agent/WatcherDescriptor.hxx"
#include "base/JsonWriter.hxx"
#include "base/Log.hxx"

namespace lookout {

namespace {

constexpr std::string_view kListHead = "{\"containers\":[";
constexpr std::string_view kListTail = "]}";
constexpr std::chrono::seconds kFeedPatience{5};
/** More than go in the minute after which a dead connection is found out. */
constexpr size_t kMaxGone = 256;

std::string MakeComponents(const Dialect &dialect) {
  JsonWriter json;
  json.BeginObject().Key("watchers").BeginArray().Raw(DescribeWatcher(dialect)).End();
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
  pending_.Clear();
  inventory_.SetRefreshInterval(welcome.poll_interval ? std::chrono::seconds(*welcome.poll_interval)
                                                      : default_interval_);
  if (!dialect_.syncs_containers_first) SendComponents();
  if (inventory_.IsReady()) {
    SendContainers();
  } else if (dialect_.syncs_containers_first || IsEngineAway()) {
    SendEmptyList();
  } else {
    patience_.Arm(kFeedPatience);
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
  pending_.Clear();
  std::string list(kListHead);
  const size_t limit = sender_->MaxFrameSize() - kListTail.size();
  for (const auto &[id, entry] : inventory_.Containers()) {
    if (list.size() + entry.json.size() + 1 > limit) {
      // The controller drops what the list lacks and takes it back one by one: nothing is lost.
      pending_.Note({id, PendingChanges::Kind::Added, {}});
      continue;
    }
    if (list.size() > kListHead.size()) list += ',';
    list += entry.json;
  }
  NoteGone(list.size() == kListHead.size());
  list += kListTail;
  blocked_ = sender_->SendFrame("dd:container_sync", list) == Flow::Wait;
  if (on_synced_) on_synced_();
  Pump();
}

void ContainerFeed::NoteGone(bool is_list_empty) {
  for (auto &change : std::exchange(gone_, {})) told_.insert_or_assign(change.id, std::move(change.name));
  for (const auto &[id, name] : std::exchange(told_, {})) {
    if (inventory_.Containers().contains(id)) continue;
    PendingChanges::Change change{id, PendingChanges::Kind::Removed, name};
    if (is_list_empty) {
      pending_.Note(std::move(change));
    } else {
      KeepGone(change);
    }
  }
}

void ContainerFeed::KeepGone(const PendingChanges::Change &change) {
  gone_.push_back(change);
  if (gone_.size() > kMaxGone) gone_.pop_front();
}

void ContainerFeed::RememberTold() {
  for (const auto &[id, entry] : inventory_.Containers()) told_.insert_or_assign(id, entry.name);
  while (!pending_.IsEmpty()) {
    auto change = pending_.Take();
    if (change.kind == PendingChanges::Kind::Removed) told_.insert_or_assign(change.id, std::move(change.name));
  }
}

void ContainerFeed::OnContainerAdded(const std::string &id) {
  Note({id, PendingChanges::Kind::Added, {}});
}

void ContainerFeed::OnContainerUpdated(const std::string &id) {
  Note({id, PendingChanges::Kind::Updated, {}});
}

void ContainerFeed::OnContainerRemoved(const std::string &id, const std::string &name) {
  Note({id, PendingChanges::Kind::Removed, name});
}

void ContainerFeed::Note(PendingChanges::Change change) {
  if (sender_ == nullptr || !synced_) return;
  pending_.Note(std::move(change));
  Pump();
}

void ContainerFeed::Pump() {
  while (sender_ != nullptr && !blocked_ && !pending_.IsEmpty()) {
    blocked_ = SendChange(pending_.Take()) == Flow::Wait;
  }
}

Flow ContainerFeed::SendChange(const PendingChanges::Change &change) {
  JsonWriter json;
  json.BeginObject();
  if (change.kind == PendingChanges::Kind::Removed) {
    KeepGone(change);
    json.Member("id", change.id).Member("name", change.name);
    return sender_->SendFrame("dd:container_removed", json.End().Text());
  }
  const auto found = inventory_.Containers().find(change.id);
  if (found == inventory_.Containers().end()) return Flow::Go;
  json.Key("container").Raw(found->second.json).End();
  if (json.Text().size() > sender_->MaxFrameSize()) {
    LogWarning("a container's description is too large for the controller; it is not told of it",
               {{"container", found->second.name}, {"bytes", json.Text().size()}, {"limit", sender_->MaxFrameSize()}});
    return Flow::Go;
  }
  const bool is_new = change.kind == PendingChanges::Kind::Added;
  return sender_->SendFrame(is_new ? "dd:container_added" : "dd:container_updated", json.Text());
}

void ContainerFeed::OnSendable() {
  blocked_ = false;
  Pump();
}

void ContainerFeed::OnSessionEnded() {
  sender_ = nullptr;
  if (synced_) RememberTold();
  synced_ = false;
  pending_.Clear();
  patience_.Cancel();
}

}  // namespace lookout
