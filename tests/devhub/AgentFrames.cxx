// SPDX-License-Identifier: Apache-2.0
#include "base/JsonWriter.hxx"
#include "tests/devhub/AgentSession.hxx"
#include "tests/devhub/Hub.hxx"
#include "tests/devhub/TunnelCall.hxx"

/** The frames of an agent, one handler each. */
namespace lookout::devhub {

namespace {

/** Frames with a whole inventory or a whole answer in them: as deep as they are, up to the frame limit. */
constexpr JsonLimits kInventoryLimits = {JsonLimits::kMaxDepth, 5'000'000};

}  // namespace

const std::map<std::string_view, AgentSession::Handler> &AgentSession::Handlers() {
  using Self = AgentSession;
  static const std::map<std::string_view, Handler> kHandlers = {
      {"dd:component_sync", &Self::OnComponentSync},
      {"dd:container_sync", &Self::OnContainerSync},
      {"dd:container_added", &Self::OnContainerPut},
      {"dd:container_updated", &Self::OnContainerPut},
      {"dd:container_removed", &Self::OnContainerRemoved},
      {"metrics", &Self::OnMetrics},
      {"ping", &Self::OnPing},
      {"pong", &Self::OnPong},
      {"response", &Self::OnResponse},
      {"stream", &Self::OnStream},
      {"stream_end", &Self::OnStreamEnd},
      {"error", &Self::OnError},
      {"exec_ready", &Self::OnExecReady},
      {"exec_output", &Self::OnExecOutput},
      {"exec_end", &Self::OnExecEnd},
      {"dd:container_log_response", &Self::OnLogResponse},
      {"dd:container_log_chunk", &Self::OnLogChunk},
      {"dd:container_log_end", &Self::OnLogEnd},
      {"dd:container_log_error", &Self::OnLogError},
      {"dd:container_delete_response", &Self::OnDeleteResponse},
  };
  return kHandlers;
}

void AgentSession::OnComponentSync(const JsonValue &data) {
  seen_.components = data.Raw();
}

void AgentSession::OnContainerSync(const JsonValue &data) {
  if (const auto full = ParseJson(data.Raw(), kInventoryLimits)) hub_.Containers().Sync(name_, (*full)["containers"]);
}

void AgentSession::OnContainerPut(const JsonValue &data) {
  if (const auto full = ParseJson(data.Raw(), kInventoryLimits)) hub_.Containers().Put(name_, (*full)["container"]);
}

void AgentSession::OnContainerRemoved(const JsonValue &data) {
  hub_.Containers().Remove(name_, data["id"].AsString());
}

void AgentSession::OnMetrics(const JsonValue &data) {
  seen_.metrics = data.Raw();
}

void AgentSession::OnPing(const JsonValue &data) {
  ++seen_.pings;
  JsonWriter json;
  json.BeginObject().Key("timestamp").Raw(data["timestamp"].Raw().empty() ? "null" : data["timestamp"].Raw()).End();
  SendFrame("pong", json.Text());
}

void AgentSession::OnPong(const JsonValue &) {
  if (hub_.GetFaults().swallow_pongs) return;
  ++seen_.pongs;
  last_pong_ = hub_.Loop().Now();
}

TunnelCall *AgentSession::FindCall(const JsonValue &data) {
  const JsonValue *id = data.Find("requestId");
  if (id == nullptr) id = &data["sessionId"];
  const auto found = calls_.find(id->AsString());
  return found == calls_.end() ? nullptr : found->second;
}

void AgentSession::OnResponse(const JsonValue &data) {
  TunnelCall *const call = FindCall(data);
  if (call == nullptr) return;
  const auto body = ParseJson(data.Raw(), kInventoryLimits);
  if (body) call->OnResponse(*body);
}

void AgentSession::OnStream(const JsonValue &data) {
  if (TunnelCall *const call = FindCall(data)) call->OnStream(data);
}

void AgentSession::OnStreamEnd(const JsonValue &data) {
  if (TunnelCall *const call = FindCall(data)) call->OnStreamEnd();
}

void AgentSession::OnError(const JsonValue &data) {
  if (TunnelCall *const call = FindCall(data)) call->OnErrorFrame(data["message"].AsString());
}

void AgentSession::OnExecReady(const JsonValue &data) {
  execs_.OnReady(data);
}

void AgentSession::OnExecOutput(const JsonValue &data) {
  execs_.OnOutput(data);
}

void AgentSession::OnExecEnd(const JsonValue &data) {
  execs_.OnEnd(data);
}

void AgentSession::OnLogResponse(const JsonValue &data) {
  logs_.OnLogResponse(data);
}

void AgentSession::OnLogChunk(const JsonValue &data) {
  logs_.OnChunk(data);
}

void AgentSession::OnLogEnd(const JsonValue &data) {
  logs_.OnEnd(data);
}

void AgentSession::OnLogError(const JsonValue &data) {
  logs_.OnError(data);
}

void AgentSession::OnDeleteResponse(const JsonValue &data) {
  logs_.OnDeleteResponse(data);
}

}  // namespace lookout::devhub
