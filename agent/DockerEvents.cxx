// SPDX-License-Identifier: Apache-2.0
#include "agent/DockerEvents.hxx"

#include <fmt/core.h>

#include <algorithm>

#include "base/JsonValue.hxx"
#include "base/Log.hxx"
#include "base/Strings.hxx"

namespace lookout {

namespace {

/** An event holds the container's labels, which may be long; this is far beyond any of them. */
constexpr size_t kMaxEventLine = 1024 * 1024;
constexpr std::chrono::seconds kFirstRetry{1};
constexpr std::chrono::seconds kMaxRetry{30};
/** A stream that ends sooner counts as a failed attempt. */
constexpr std::chrono::seconds kSteady{30};
constexpr std::string_view kFilters = R"({"type":["container","image"]})";
/** More than there can be in one moment, or out of order. */
constexpr size_t kRecent = 128;
constexpr int64_t kNanos = 1'000'000'000;

}  // namespace

Result<DockerEvent> ParseDockerEvent(std::string_view line) {
  const auto json = ParseJson(line);
  if (!json) return Fail(json.error().message);
  const JsonValue &actor = (*json)["Actor"];
  DockerEvent event;
  event.is_image = (*json)["Type"].AsString() == "image";
  event.action = (*json)["Action"].AsString();
  event.id = actor["ID"].AsString();
  for (const auto &[key, value] : actor["Attributes"].Members()) event.attributes.emplace_back(key, value.AsString());
  if (event.action.empty() || event.id.empty()) return Fail("an event without action or id");
  const auto nanos = (*json)["timeNano"].AsInt();
  if (nanos && *nanos > 0) event.time = fmt::format("{}.{:09}", *nanos / kNanos, *nanos % kNanos);
  event.unix_seconds = nanos && *nanos > 0 ? *nanos / kNanos : (*json)["time"].AsInt().value_or(0);
  return event;
}

std::string_view DockerEvent::Attribute(std::string_view key) const {
  const auto found = std::find_if(attributes.begin(), attributes.end(), [&](const auto &a) { return a.first == key; });
  return found == attributes.end() ? std::string_view() : found->second;
}

DockerEvents::DockerEvents(EventLoop &loop, DockerEngine &engine)
    : loop_(loop),
      engine_(engine),
      backoff_(kFirstRetry, kMaxRetry, RandomFraction),
      retry_(loop, [this] { Connect(); }),
      drop_(loop, [this] { exchange_.reset(); }) {
  engine_.AddListener(*this);
}

DockerEvents::~DockerEvents() {
  engine_.RemoveListener(*this);
}

void DockerEvents::Start() {
  if (engine_.IsUp()) Connect();
}

void DockerEvents::OnEngineChanged(bool up) {
  // One that has come back is asked at once, but not one that was there all the time and ends its streams.
  if (!up) return retry_.Cancel();
  const bool is_asking = exchange_ && !drop_.IsScheduled();
  if (!flowing_ && !is_asking && !retry_.IsArmed()) Connect();
}

void DockerEvents::Connect() {
  drop_.Cancel();
  retry_.Cancel();
  status_ = 0;
  line_.clear();
  skipping_ = false;
  // From the start, so that nothing falls between the engine's answer and its subscription.
  if (since_.empty()) since_ = std::to_string(loop_.GetClock().UnixSeconds());
  const std::string target = fmt::format("/events?filters={}&since={}", PercentEncode(kFilters), since_);
  exchange_ = engine_.Handle(MakeAgentRequest("GET", target), *this);
}

void DockerEvents::OnHead(ResponseHead head) {
  status_ = head.status;
  if (status_ != 200) return;
  flowing_ = true;
  flowing_since_ = loop_.Now();
  handlers_.Tell([](Handler &handler) { handler.OnEventsFlowing(); });
}

Flow DockerEvents::OnData(std::string_view bytes) {
  while (!bytes.empty() && status_ == 200) {
    const size_t end = bytes.find('\n');
    const auto piece = bytes.substr(0, end);
    if (line_.size() + piece.size() > kMaxEventLine) skipping_ = true;
    if (!skipping_) line_ += piece;
    if (end == std::string_view::npos) return Flow::Go;
    if (!skipping_) OnLine(line_);
    line_.clear();
    skipping_ = false;
    bytes.remove_prefix(end + 1);
  }
  return Flow::Go;
}

void DockerEvents::OnLine(std::string_view line) {
  if (Trim(line).empty() || IsRepeated(line)) return;
  const auto event = ParseDockerEvent(line);
  if (event) {
    if (!event->time.empty()) since_ = event->time;
    handlers_.Tell([&event](Handler &handler) { handler.OnDockerEvent(*event); });
  } else {
    LogDebug("an event of the engine could not be read", {{"reason", event.error().message}});
  }
}

bool DockerEvents::IsRepeated(std::string_view line) {
  // After a gap the engine begins with events of the very moment that `since` names, which came before it.
  const size_t hash = std::hash<std::string_view>()(line);
  if (std::find(recent_.begin(), recent_.end(), hash) != recent_.end()) return true;
  recent_.push_back(hash);
  if (recent_.size() > kRecent) recent_.pop_front();
  return false;
}

void DockerEvents::OnEnd() {
  Lose(status_ == 200 ? "the engine ended its event stream" : fmt::format("status {}", status_));
}

void DockerEvents::OnError(Failure failure) {
  Lose(failure.message);
}

void DockerEvents::Lose(std::string_view reason) {
  LogDebug("no events from the engine", {{"reason", reason}});
  const bool was_flowing = std::exchange(flowing_, false);
  if (was_flowing && loop_.Now() - flowing_since_ >= kSteady) backoff_.Reset();
  drop_.Schedule();
  // One that is away is asked when it comes back.
  if (engine_.IsUp()) retry_.Arm(backoff_.Next());
  if (!was_flowing) {
    if (status_ == 0) return;
    return handlers_.Tell([&](Handler &handler) { handler.OnEventsRefused(std::string(reason)); });
  }
  handlers_.Tell([](Handler &handler) { handler.OnEventsLost(); });
  engine_.Recheck();
}

}  // namespace lookout
