// SPDX-License-Identifier: Apache-2.0
#include "agent/DrydockEvents.hxx"

#include <cmath>
#include <set>

#include "agent/ContainersAnswer.hxx"
#include "agent/HostMetrics.hxx"
#include "agent/IsoDate.hxx"
#include "agent/SettingCodec.hxx"
#include "agent/WatcherDescriptor.hxx"
#include "base/JsonWriter.hxx"
#include "base/Version.hxx"
#include "proxy/HealthRoutes.hxx"

namespace lookout {

namespace {

/** Changes that come together share a snapshot; one of a large host is several MiB. */
constexpr std::chrono::milliseconds kSettle{300};
constexpr std::chrono::seconds kSnapshotInterval{2};

double MemoryInGib(const HostMetrics &host) {
  constexpr double kGib = 1024.0 * 1024.0 * 1024.0;
  return std::round(static_cast<double>(host.Memory().total) / kGib * 10) / 10;
}

std::string_view OrElse(std::string_view text, std::string_view fallback) {
  return text.empty() ? fallback : text;
}

}  // namespace

/** One client. */
class DrydockEvents::Stream final : public EventStream {
 public:
  Stream(DrydockEvents &owner, const RouteCall &call)
      : EventStream(owner.context_.loop, owner.streams_, call.request.origin.actor, call.sink), owner_(owner) {
    owner_.clients_.Add(*this);
  }
  ~Stream() override { owner_.clients_.Remove(*this); }

  void Note(const PendingChanges::Change &change) {
    if (!synced_) return;
    pending_.Note(change);
    if (pending_.Size() > kMaxWaiting + owner_.context_.inventory.Containers().size()) {
      pending_.Clear();
      return End("too many changes wait for the client");
    }
    Wake();
  }
  void NoteSnapshot() {
    if (synced_) snapshot_due_ = true;
    Wake();
  }

 private:
  SharedFrame NextFrame() override {
    if (!owner_.context_.inventory.IsReady()) return nullptr;
    if (!std::exchange(acknowledged_, true)) return owner_.MakeAck();
    if (!std::exchange(synced_, true)) return owner_.Snapshot();
    while (!pending_.IsEmpty()) {
      auto frame = owner_.MakeChange(pending_.Take());
      if (frame) return frame;
    }
    return std::exchange(snapshot_due_, false) ? owner_.Snapshot() : nullptr;
  }

  DrydockEvents &owner_;
  bool acknowledged_ = false;
  bool synced_ = false;  // all containers have been told
  bool snapshot_due_ = false;
  PendingChanges pending_;
};

DrydockEvents::DrydockEvents(const AdapterContext &context)
    : context_(context), started_(context.loop.Now()), settle_(context.loop, [this] { TellSnapshot(); }) {
  context_.inventory.AddListener(*this);
}

DrydockEvents::~DrydockEvents() {
  context_.inventory.RemoveListener(*this);
}

std::unique_ptr<Exchange> DrydockEvents::Open(const RouteCall &call) {
  auto refusal = streams_.TryRefuse(context_.loop, call.sink);
  if (refusal) return refusal;
  return std::make_unique<Stream>(*this, call);
}

void DrydockEvents::OnInventoryReady() {
  snapshot_.reset();
  clients_.Tell([](Stream &client) { client.Wake(); });
}

void DrydockEvents::OnContainerAdded(const std::string &id) {
  Note({id, PendingChanges::Kind::Added, {}});
}

void DrydockEvents::OnContainerUpdated(const std::string &id) {
  Note({id, PendingChanges::Kind::Updated, {}});
}

void DrydockEvents::OnContainerRemoved(const std::string &id, const std::string &name) {
  Note({id, PendingChanges::Kind::Removed, name});
}

void DrydockEvents::Note(const PendingChanges::Change &change) {
  snapshot_.reset();
  clients_.Tell([&](Stream &client) { client.Note(change); });
  if (!context_.inventory.IsReady() || settle_.IsArmed() || clients_.IsEmpty()) return;
  const Duration since_last = context_.loop.Now() - snapshot_at_;
  settle_.Arm(std::max<Duration>(kSettle, kSnapshotInterval - since_last));
}

void DrydockEvents::TellSnapshot() {
  snapshot_at_ = context_.loop.Now();
  clients_.Tell([](Stream &client) { client.NoteSnapshot(); });
}

SharedFrame DrydockEvents::MakeAck() const {
  const auto &info = context_.engine.GetInfo();
  size_t running = 0;
  std::set<std::string_view> images;
  for (const auto &[id, entry] : context_.inventory.Containers()) {
    running += entry.is_running ? 1 : 0;
    images.insert(entry.image_id);
  }
  const size_t total = context_.inventory.Containers().size();
  const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(context_.loop.Now() - started_);
  JsonWriter json;
  json.BeginObject().Member("type", "dd:ack").Key("data").BeginObject();
  json.Member("version", ProductVersion());
  json.Member("os", OrElse(info.os, "linux")).Member("arch", OrElse(info.arch, "unknown"));
  json.Key("cpus").Uint(CpuCores()).Key("memoryGb").Double(MemoryInGib(HostMetrics(context_.config.host_proc)));
  json.Key("uptimeSeconds").Int(uptime.count());
  json.Member("lastSeen", FormatIsoTime(context_.loop.GetClock().UnixSeconds()));
  json.Member("logLevel", LogLevelCodec::Show(context_.config.log_level));
  json.Member("pollInterval", FormatGoDuration(context_.inventory.RefreshInterval()));
  json.Key("containers").BeginObject().Key("total").Uint(total);
  json.Key("running").Uint(running).Key("stopped").Uint(total - running).End();
  json.Key("images").Uint(images.size());
  return MakeDataFrame(json.End().End().Text());
}

SharedFrame DrydockEvents::MakeChange(const PendingChanges::Change &change) const {
  JsonWriter json;
  json.BeginObject().Key("type");
  if (change.kind == PendingChanges::Kind::Removed) {
    json.String("dd:container-removed").Key("data").BeginObject();
    json.Member("id", change.id).Member("name", change.name);
    return MakeDataFrame(json.End().End().Text());
  }
  const auto &containers = context_.inventory.Containers();
  const auto found = containers.find(change.id);
  if (found == containers.end()) return nullptr;
  json.String(change.kind == PendingChanges::Kind::Added ? "dd:container-added" : "dd:container-updated");
  json.Key("data").Raw(found->second.json);
  return MakeDataFrame(json.End().Text());
}

SharedFrame DrydockEvents::Snapshot() {
  if (snapshot_) return snapshot_;
  JsonWriter json;
  json.BeginObject().Key("data").BeginObject().Key("containers").Raw(ListContainers(context_.inventory));
  json.Key("watcher").Raw(DescribeWatcher(*context_.config.dialect)).End();
  json.Member("type", "dd:watcher-snapshot");
  snapshot_ = MakeDataFrame(json.End().Text());
  return snapshot_;
}

}  // namespace lookout
