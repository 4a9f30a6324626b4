// SPDX-License-Identifier: Apache-2.0
#include "tests/devhub/ControlCommands.hxx"

#include "base/Base64.hxx"
#include "base/JsonWriter.hxx"
#include "tests/devhub/Hub.hxx"

namespace lookout::devhub {

namespace {

std::string Quote(std::string_view text) {
  JsonWriter json;
  json.String(text);
  return json.Take();
}

void WriteAgent(JsonWriter &json, const AgentSession &session) {
  const AgentSession::Seen &seen = session.GetSeen();
  const auto raw_or_null = [](const std::string &raw) { return raw.empty() ? std::string("null") : raw; };
  json.BeginObject().Member("name", session.Name()).Key("connection").Uint(session.Number());
  json.Key("hello").Raw(session.GetHello().raw);
  json.Key("components").Raw(raw_or_null(seen.components)).Key("metrics").Raw(raw_or_null(seen.metrics));
  json.Key("pings").Int(seen.pings).Key("pongs").Int(seen.pongs).Key("frames").Int(seen.frames);
  json.Key("malformed").Int(seen.malformed).End();
}

}  // namespace

const std::map<std::string_view, ControlCommands::Handler> &ControlCommands::Handlers() {
  using Self = ControlCommands;
  static const std::map<std::string_view, Handler> kHandlers = {
      {"agents", &Self::ListAgents},
      {"containers", &Self::ListContainers},
      {"counters", &Self::ShowCounters},
      {"trace", &Self::ShowTrace},
      {"exec_start", &Self::StartExec},
      {"exec_input", &Self::SendExecInput},
      {"exec_resize", &Self::ResizeExec},
      {"exec_end", &Self::EndExec},
      {"logs", &Self::RequestLogs},
      {"logs_live", &Self::FollowLogs},
      {"logs_cancel", &Self::CancelLogs},
      {"delete", &Self::DeleteContainer},
      {"send", &Self::Send},
      {"load", &Self::StartLoad},
      {"load_stop", &Self::StopLoad},
      {"fault", &Self::SetFault},
  };
  return kHandlers;
}

void ControlCommands::Run(ClientId client, std::string_view line) {
  const auto args = ParseJson(line);
  Outcome outcome = Fail("not JSON");
  std::string id = "null";
  if (args) {
    if (const JsonValue *given = args->Find("id")) id = given->Raw();
    const auto handler = Handlers().find((*args)["cmd"].AsString());
    outcome = handler == Handlers().end() ? Outcome(Fail("unknown cmd")) : (this->*handler->second)({client, *args});
  }
  JsonWriter json;
  json.BeginObject().Key("id").Raw(id).Key("ok").Bool(outcome.has_value());
  if (outcome) {
    json.Key("result").Raw(*outcome);
  } else {
    json.Member("error", outcome.error().message);
  }
  json.End();
  bus_.Emit(client, json.Text());
}

Result<AgentSession *> ControlCommands::FindAgent(const Command &command) const {
  AgentSession *const session = hub_.FindSession(command.args["agent"].AsString());
  if (session == nullptr) return Fail("no such agent is connected");
  return session;
}

ControlCommands::Outcome ControlCommands::ListAgents(const Command &) {
  JsonWriter json;
  json.BeginArray();
  for (const auto &[name, session] : hub_.Sessions()) WriteAgent(json, *session);
  json.End();
  return json.Take();
}

ControlCommands::Outcome ControlCommands::ListContainers(const Command &command) {
  return hub_.Containers().ToJson(command.args["agent"].AsString());
}

ControlCommands::Outcome ControlCommands::ShowCounters(const Command &) {
  const Hub::Counters &counters = hub_.GetCounters();
  JsonWriter json;
  json.BeginObject().Key("upgrades").Uint(counters.upgrades).Key("connections").Uint(counters.connections);
  json.Key("hellos").Uint(counters.hellos).Key("rejections").Uint(counters.rejections).End();
  return json.Take();
}

ControlCommands::Outcome ControlCommands::ShowTrace(const Command &command) {
  const JsonValue &args = command.args;
  if (const auto keep = args["keep"].AsInt()) hub_.Trace().SetKeptBytes(static_cast<size_t>(*keep));
  return hub_.Trace().ToJson(static_cast<uint64_t>(args["since"].AsInt().value_or(0)), args["agent"].AsString(),
                             args["type"].AsString());
}

ControlCommands::Outcome ControlCommands::StartExec(const Command &command) {
  const auto agent = FindAgent(command);
  if (!agent) return Fail(agent.error().message);
  return (*agent)->Execs().Start(command.client, command.args).map(Quote);
}

ControlCommands::Outcome ControlCommands::SendExecInput(const Command &command) {
  const auto agent = FindAgent(command);
  if (!agent) return Fail(agent.error().message);
  (*agent)->Execs().Input(command.args["exec"].AsString(), command.args["data"].AsString());
  return "null";
}

ControlCommands::Outcome ControlCommands::ResizeExec(const Command &command) {
  const auto agent = FindAgent(command);
  if (!agent) return Fail(agent.error().message);
  const JsonValue &args = command.args;
  (*agent)->Execs().Resize(args["exec"].AsString(), args["cols"].AsInt().value_or(0), args["rows"].AsInt().value_or(0));
  return "null";
}

ControlCommands::Outcome ControlCommands::EndExec(const Command &command) {
  const auto agent = FindAgent(command);
  if (!agent) return Fail(agent.error().message);
  (*agent)->Execs().End(command.args["exec"].AsString());
  return "null";
}

ControlCommands::Outcome ControlCommands::RequestLogs(const Command &command) {
  const auto agent = FindAgent(command);
  if (!agent) return Fail(agent.error().message);
  return (*agent)->Logs().RequestLogs(command.client, command.args).map(Quote);
}

ControlCommands::Outcome ControlCommands::FollowLogs(const Command &command) {
  const auto agent = FindAgent(command);
  if (!agent) return Fail(agent.error().message);
  return Quote((*agent)->Logs().FollowLogs(command.client, command.args));
}

ControlCommands::Outcome ControlCommands::CancelLogs(const Command &command) {
  const auto agent = FindAgent(command);
  if (!agent) return Fail(agent.error().message);
  (*agent)->Logs().CancelLogs(command.args["request"].AsString());
  return "null";
}

ControlCommands::Outcome ControlCommands::DeleteContainer(const Command &command) {
  const auto agent = FindAgent(command);
  if (!agent) return Fail(agent.error().message);
  return (*agent)->Logs().RequestDelete(command.client, command.args).map(Quote);
}

ControlCommands::Outcome ControlCommands::StartLoad(const Command &command) {
  const auto agent = FindAgent(command);
  if (!agent) return Fail(agent.error().message);
  return (*agent)->Loads().Start(command.client, command.args).map(Quote);
}

ControlCommands::Outcome ControlCommands::StopLoad(const Command &command) {
  const auto agent = FindAgent(command);
  if (!agent) return Fail(agent.error().message);
  (*agent)->Loads().Stop(command.args["request"].AsString());
  return "null";
}

ControlCommands::Outcome ControlCommands::Send(const Command &command) {
  const auto agent = FindAgent(command);
  if (!agent) return Fail(agent.error().message);
  const JsonValue &args = command.args;
  WsConnection &connection = (*agent)->Connection();
  if (const JsonValue *binary = args.Find("binary")) {
    connection.SendBinary(Base64Decode(binary->AsString()).value_or(""));
    return "null";
  }
  const std::string text = args.Find("text") != nullptr ? args["text"].AsString() : std::string(args["frame"].Raw());
  connection.SendFragmented(text, static_cast<size_t>(args["fragments"].AsInt().value_or(1)));
  return "null";
}

}  // namespace lookout::devhub
