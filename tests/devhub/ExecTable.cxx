// SPDX-License-Identifier: Apache-2.0
#include "tests/devhub/ExecTable.hxx"

#include "base/JsonWriter.hxx"

namespace lookout::devhub {

Result<std::string> ExecTable::Start(ClientId client, const JsonValue &args) {
  if (execs_.size() >= limit_) return Fail("too many exec sessions");
  std::string exec = args["exec"].AsString();
  if (exec.empty()) exec = outlet_.MakeId();
  execs_[exec] = client;
  JsonWriter json;
  json.BeginObject().Member("execId", exec).Member("containerId", args["container"].AsString());
  json.Key("cmd").Raw(args["argv"].IsArray() ? args["argv"].Raw() : "[]");
  json.OptionalMember("user", args["user"].AsString());
  json.Key("cols").Int(args["cols"].AsInt().value_or(80)).Key("rows").Int(args["rows"].AsInt().value_or(24));
  json.Key("tty").Bool(args["tty"].AsBool().value_or(true)).End();
  outlet_.SendFrame("exec_start", json.Text());
  return exec;
}

void ExecTable::Input(const std::string &exec, const std::string &base64) {
  JsonWriter json;
  json.BeginObject().Member("execId", exec).Member("data", base64).End();
  outlet_.SendFrame("exec_input", json.Text());
}

void ExecTable::Resize(const std::string &exec, int64_t cols, int64_t rows) {
  JsonWriter json;
  json.BeginObject().Member("execId", exec).Key("cols").Int(cols).Key("rows").Int(rows).End();
  outlet_.SendFrame("exec_resize", json.Text());
}

void ExecTable::End(const std::string &exec) {
  JsonWriter json;
  json.BeginObject().Member("execId", exec).End();
  outlet_.SendFrame("exec_end", json.Text());
}

void ExecTable::OnReady(const JsonValue &data) {
  Report(data["execId"].AsString(), "exec_ready", "", "");
}

void ExecTable::OnOutput(const JsonValue &data) {
  Report(data["execId"].AsString(), "exec_output", "data", data["data"].AsString());
}

void ExecTable::OnEnd(const JsonValue &data) {
  const std::string exec = data["execId"].AsString();
  Report(exec, "exec_end", "reason", data["reason"].AsString());
  execs_.erase(exec);
  End(exec);  // the controller answers every end with one of its own
}

void ExecTable::EndAll() {
  const auto ended = std::move(execs_);
  execs_.clear();
  for (const auto &[exec, client] : ended) {
    JsonWriter json;
    json.BeginObject().Member("event", "exec_end").Member("exec", exec).Member("reason", "connection closed").End();
    bus_.Emit(client, json.Text());
  }
}

void ExecTable::Report(const std::string &exec, std::string_view event, std::string_view key, std::string_view value) {
  const auto found = execs_.find(exec);
  if (found == execs_.end()) return;
  JsonWriter json;
  json.BeginObject().Member("event", event).Member("exec", exec);
  if (!key.empty()) json.Member(key, value);
  json.End();
  if (bus_.Emit(found->second, json.Text()) == Flow::Wait) {
    outlet_.SetHold("client " + std::to_string(found->second), true);
  }
}

}  // namespace lookout::devhub
