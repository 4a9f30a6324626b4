// SPDX-License-Identifier: Apache-2.0
#include "proxy/HealthRoutes.hxx"

#include <fmt/core.h>

#include "base/JsonWriter.hxx"

namespace lookout {

namespace {

std::string_view NameOf(ControllerState state) {
  switch (state) {
    case ControllerState::Connected: return "connected";
    case ControllerState::Disconnected: return "disconnected";
    case ControllerState::NotApplicable: break;
  }
  return "not_applicable";
}

struct HealthText {
  std::string_view status;
  bool ready;
  std::string_view docker;
};

FullResponse MakeHealth(const HealthContext &context, int status, const HealthText &text) {
  const double uptime = std::chrono::duration<double>(context.loop.Now() - context.started).count();
  JsonWriter json;
  json.BeginObject().Member("status", text.status).Key("live").Bool(true).Key("ready").Bool(text.ready);
  json.Member("mode", context.profile.mode).Member("version", context.profile.version);
  json.Key("uptimeSeconds").Double(uptime).Member("docker", text.docker);
  json.Member("controller", NameOf(context.source.GetControllerState())).End();
  return MakeJsonResponse(status, json.Take() + "\n");
}

FullResponse MakeReadiness(const HealthContext &context, bool docker) {
  const bool ready = docker && context.source.GetControllerState() != ControllerState::Disconnected;
  return MakeHealth(context, ready ? 200 : 503,
                    {ready ? "healthy" : "unhealthy", ready, docker ? "connected" : "disconnected"});
}

class PingWork final : public GetRoute::Work {
 public:
  PingWork(const HealthContext &context, EnginePing &ping, GetRoute::Respond respond)
      : waiter_(ping.Ask([&context, &ping, respond = std::move(respond)] {
          respond(MakeReadiness(context, ping.Known().value_or(false)));
        })) {}

 private:
  std::unique_ptr<WaitingList::Waiter> waiter_;
};

}  // namespace

std::unique_ptr<GetRoute::Work> LivenessRoute::Begin(const RequestHead &, Respond respond) {
  respond(MakeHealth(context_, 200, {"ok", false, "unknown"}));
  return nullptr;
}

std::unique_ptr<GetRoute::Work> ReadinessRoute::Begin(const RequestHead &, Respond respond) {
  const auto known = ping_.Known();
  if (!known) return std::make_unique<PingWork>(context_, ping_, std::move(respond));
  respond(MakeReadiness(context_, *known));
  return nullptr;
}

std::unique_ptr<GetRoute::Work> InfoRoute::Begin(const RequestHead &, Respond respond) {
  const auto &profile = context_.profile;
  const auto &engine = context_.engine;
  JsonWriter json;
  json.BeginObject().Member("agentId", profile.agent_id).Member("agentName", profile.agent_name);
  json.Key("capabilities").BeginArray();
  for (const auto &capability : profile.capabilities) json.String(capability);
  json.End()
      .Member("dockerVersion", engine.IsUp() ? engine.GetInfo().version : "unknown")
      .Member("hostname", profile.hostname);
  json.Member("mode", profile.mode).Member("uptime", FormatGoDuration(context_.loop.Now() - context_.started));
  json.Member("version", profile.version).End();
  respond(MakeJsonResponse(200, json.Take() + "\n"));
  return nullptr;
}

HealthRoutes::HealthRoutes(EventLoop &loop, AgentProfile profile, const HealthSource &source, DockerEngine &engine)
    : context_(loop, std::move(profile), source, engine) {}

void HealthRoutes::AddTo(AgentRoutes &top, AgentRoutes &agent) {
  top.Add("/health", liveness_);
  top.Add("/ready", readiness_);
  agent.Add("/health", readiness_);
  agent.Add("/info", info_);
}

std::string FormatGoDuration(Duration duration) {
  const auto total = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  if (total <= 0) return "0s";
  if (total < 1000) return fmt::format("{}ms", total);
  constexpr int64_t kMinute = 60'000;
  constexpr int64_t kHour = 60 * kMinute;
  std::string text;
  if (total >= kHour) text += fmt::format("{}h", total / kHour);
  if (total >= kMinute) text += fmt::format("{}m", total % kHour / kMinute);
  // Go leaves out the zeros at the end, and so does this format.
  return text + fmt::format("{}s", static_cast<double>(total % kMinute) / 1000);
}

}  // namespace lookout
