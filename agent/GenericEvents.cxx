// SPDX-License-Identifier: Apache-2.0
#include "agent/GenericEvents.hxx"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>

#include "agent/IsoDate.hxx"
#include "base/JsonText.hxx"
#include "base/JsonWriter.hxx"
#include "base/Strings.hxx"

namespace lookout {

namespace {

constexpr std::array<std::string_view, 12> kActions = {
    "create", "start", "stop", "die", "kill", "restart", "pause", "unpause", "destroy", "rename", "update", "oom",
};
constexpr std::string_view kHealth = "health_status";

/** What the engine adds to a container's labels, and labels that only tell of the image. */
constexpr std::array<std::string_view, 12> kNoLabels = {
    "name",
    "image",
    "exitCode",
    "signal",
    "execID",
    "maintainer",
    "org.opencontainers.image.created",
    "org.opencontainers.image.revision",
    "org.opencontainers.image.source",
    "org.opencontainers.image.title",
    "org.opencontainers.image.url",
    "org.opencontainers.image.version",
};

template <typename List>
bool Contains(const List &list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

bool IsContainerAction(std::string_view action) {
  if (!action.starts_with(kHealth)) return Contains(kActions, action);
  return action.size() == kHealth.size() || action[kHealth.size()] == ':';
}

std::string WriteGenericEvent(const DockerEvent &event) {
  std::map<std::string_view, std::string_view> labels;
  for (const auto &[key, value] : event.attributes) {
    if (!Contains(kNoLabels, key)) labels[key] = value;
  }
  JsonWriter json;
  json.BeginObject().Member("ts", FormatIsoTime(event.unix_seconds)).Member("type", "container");
  json.Member("action", event.action).Member("containerId", event.id);
  json.Member("name", event.Attribute("name")).Member("image", event.Attribute("image"));
  if (!labels.empty()) {
    json.Key("labels").BeginObject();
    for (const auto &[key, value] : labels) json.Member(key, value);
    json.End();
  }
  return json.End().Take();
}

/** One client. */
class GenericEvents::Stream final : public EventStream {
 public:
  /** `place`: the number of the first event it is to see. `hint`: a frame in front of it, or null. */
  Stream(GenericEvents &owner, const RouteCall &call, uint64_t place, SharedFrame hint)
      : EventStream(owner.context_.loop, owner.streams_, call.request.origin.actor, call.sink),
        owner_(owner),
        place_(place),
        hint_(std::move(hint)) {
    owner_.clients_.Add(*this);
  }
  ~Stream() override { owner_.clients_.Remove(*this); }

 private:
  SharedFrame NextFrame() override {
    if (hint_) return std::exchange(hint_, nullptr);
    if (place_ == owner_.next_) return nullptr;
    if (place_ < owner_.Oldest()) {
      End("the client takes events more slowly than they come");
      return nullptr;
    }
    return owner_.kept_[place_++ - owner_.Oldest()];
  }

  GenericEvents &owner_;
  uint64_t place_;
  SharedFrame hint_;
};

GenericEvents::GenericEvents(const AdapterContext &context)
    : context_(context), life_(fmt::format("{:x}", context.loop.GetClock().UnixMillis())) {
  context_.events.AddHandler(*this);
}

GenericEvents::~GenericEvents() {
  context_.events.RemoveHandler(*this);
}

std::optional<uint64_t> GenericEvents::FindPlace(const std::string &last_event_id) const {
  const size_t dash = last_event_id.find('-');
  if (dash == std::string::npos || last_event_id.substr(0, dash) != life_) return std::nullopt;
  const auto number = ParseInt(last_event_id.substr(dash + 1));
  if (!number || *number < 0) return std::nullopt;
  const auto place = static_cast<uint64_t>(*number) + 1;
  if (place < Oldest() || place > next_) return std::nullopt;
  return place;
}

std::unique_ptr<Exchange> GenericEvents::Open(const RouteCall &call) {
  auto refusal = streams_.TryRefuse(context_.loop, call.sink);
  if (refusal) return refusal;
  const std::string *const last_seen = call.request.head.headers.Find("Last-Event-ID");
  if (last_seen == nullptr || last_seen->empty()) return std::make_unique<Stream>(*this, call, next_, nullptr);
  const auto place = FindPlace(*last_seen);
  if (place) return std::make_unique<Stream>(*this, call, *place, nullptr);
  auto hint =
      std::make_shared<const std::string>(": events after that id may be missing: it is not known any more\n\n");
  return std::make_unique<Stream>(*this, call, next_, std::move(hint));
}

void GenericEvents::OnDockerEvent(const DockerEvent &event) {
  if (event.is_image || !IsContainerAction(event.action)) return;
  kept_.push_back(MakeFrame(event));
  kept_bytes_ += kept_.back()->size();
  ++next_;
  while (kept_.size() > 1 && (kept_.size() > kMaxKept || kept_bytes_ > kMaxKeptBytes)) {
    kept_bytes_ -= kept_.front()->size();
    kept_.pop_front();
  }
  clients_.Tell([](Stream &client) { client.Wake(); });
}

SharedFrame GenericEvents::MakeFrame(const DockerEvent &event) const {
  return std::make_shared<const std::string>(
      fmt::format("id: {}-{}\ndata: {}\n\n", life_, next_, EscapeJsonMarkup(WriteGenericEvent(event))));
}

}  // namespace lookout
