// SPDX-License-Identifier: Apache-2.0
#include "tests/devhub/LogTable.hxx"

#include <array>

#include "base/JsonWriter.hxx"

namespace lookout::devhub {

namespace {

std::string MakeLogData(const std::string &request, const JsonValue &args, bool is_live) {
  JsonWriter json;
  json.BeginObject().Member("requestId", request).Member("containerId", args["container"].AsString());
  constexpr std::array<std::string_view, 5> kPassedOn = {"tail", "since", "until", "timestamps", "follow"};
  for (const auto key : kPassedOn) {
    const JsonValue *value = args.Find(key);
    if (value != nullptr) json.Key(key).Raw(value->Raw());
  }
  if (is_live) json.Key("stream").Bool(true);
  json.End();
  return json.Take();
}

}  // namespace

std::string LogTable::AddPending(ClientId client, const std::string &container) {
  std::string request = outlet_.MakeId();
  auto timer = std::make_unique<Timer>(loop_, [this, request] {
    const auto expired = pending_.extract(request);  // holds this very timer until it has run
    EmitFailed(expired.mapped().client, expired.key(), "timeout");
  });
  timer->Arm(timeout_);
  pending_.emplace(request, Waiting{client, container, std::move(timer)});
  return request;
}

Result<std::string> LogTable::RequestLogs(ClientId client, const JsonValue &args) {
  if (!outlet_.HasRoomForPending()) return Fail("too many pending requests");
  std::string request = AddPending(client, args["container"].AsString());
  outlet_.SendFrame("dd:container_log_request", MakeLogData(request, args, false));
  return request;
}

Result<std::string> LogTable::RequestDelete(ClientId client, const JsonValue &args) {
  if (!outlet_.HasRoomForPending()) return Fail("too many pending requests");
  const std::string container = args["container"].AsString();
  std::string request = AddPending(client, container);
  JsonWriter json;
  json.BeginObject().Member("containerId", container).Member("requestId", request).End();
  outlet_.SendFrame("dd:container_delete_request", json.Text());
  return request;
}

std::string LogTable::FollowLogs(ClientId client, const JsonValue &args) {
  const std::string given = args["request"].AsString();
  std::string request = given.empty() ? outlet_.MakeId() : given;
  live_[request] = {client, args["container"].AsString()};
  outlet_.SendFrame("dd:container_log_request", MakeLogData(request, args, true));
  return request;
}

void LogTable::CancelLogs(const std::string &request) {
  const auto found = live_.find(request);
  JsonWriter json;
  json.BeginObject().Member("requestId", request);
  json.Member("containerId", found == live_.end() ? "" : found->second.container).End();
  outlet_.SendFrame("dd:container_log_cancel", json.Text());
}

LogTable::PendingMap::iterator LogTable::FindPending(const JsonValue &data) {
  if (data["requestId"].IsString()) return pending_.find(data["requestId"].AsString());
  const std::string &container = data["containerId"].AsString();
  auto found = pending_.begin();
  while (found != pending_.end() && found->second.container != container) ++found;
  return found;
}

void LogTable::OnLogResponse(const JsonValue &data) {
  Answer(data, "logs");
}

void LogTable::OnDeleteResponse(const JsonValue &data) {
  Answer(data, "deleted");
}

void LogTable::Answer(const JsonValue &data, std::string_view event) {
  const auto found = FindPending(data);
  if (found == pending_.end()) return;
  JsonWriter json;
  json.BeginObject().Member("event", event).Member("request", found->first).Key("data").Raw(data.Raw()).End();
  bus_.Emit(found->second.client, json.Text());
  pending_.erase(found);
}

void LogTable::OnChunk(const JsonValue &data) {
  Forward(data, "log_chunk", false);
}

void LogTable::OnEnd(const JsonValue &data) {
  Forward(data, "log_end", true);
}

void LogTable::OnError(const JsonValue &data) {
  Forward(data, "log_error", true);
}

void LogTable::Forward(const JsonValue &data, std::string_view event, bool is_last) {
  const auto found = live_.find(data["requestId"].AsString());
  if (found == live_.end() || found->second.container != data["containerId"].AsString()) return;
  JsonWriter json;
  json.BeginObject().Member("event", event).Member("request", found->first).Key("data").Raw(data.Raw()).End();
  const ClientId client = found->second.client;
  if (bus_.Emit(client, json.Text()) == Flow::Wait) outlet_.SetHold("client " + std::to_string(client), true);
  if (is_last) live_.erase(found);
}

void LogTable::FailAll() {
  for (const auto &[request, waiting] : pending_) EmitFailed(waiting.client, request, "connection closed");
  for (const auto &[request, log] : live_) EmitFailed(log.client, request, "connection closed");
  pending_.clear();
  live_.clear();
}

void LogTable::EmitFailed(ClientId client, const std::string &request, std::string_view reason) {
  JsonWriter json;
  json.BeginObject().Member("event", "failed").Member("request", request).Member("reason", reason).End();
  bus_.Emit(client, json.Text());
}

}  // namespace lookout::devhub
