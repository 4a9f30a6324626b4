// SPDX-License-Identifier: Apache-2.0
#include "tests/devhub/AgentSession.hxx"

#include "base/JsonWriter.hxx"
#include "base/Log.hxx"
#include "tests/devhub/Frames.hxx"
#include "tests/devhub/Hub.hxx"
#include "tests/devhub/TunnelCall.hxx"

namespace lookout::devhub {

namespace {

constexpr uint16_t kGoingAway = 1001;
constexpr uint16_t kPolicyViolation = 1008;

/** Root, data and the members of its objects; what lies deeper is passed on as text. */
constexpr JsonLimits kFrameLimits = {3, 5'000'000};

}  // namespace

AgentSession::AgentSession(Hub &hub, WsConnection &connection, const Dialect &dialect, uint64_t number)
    : hub_(hub),
      connection_(connection),
      dialect_(dialect),
      number_(number),
      execs_(*this, hub.Bus(), hub.Limits().execs),
      logs_(hub.Loop(), *this, hub.Bus(), hub.Limits().request),
      loads_(hub.Loop(), *this, hub.Bus(), [this](std::string_view frame) { connection_.Send(frame); }),
      hello_timer_(hub.Loop(), [this] { connection_.Close(kPolicyViolation, "hello timeout"); }),
      ping_timer_(hub.Loop(), [this] { OnPingTick(); }) {
  hello_timer_.Arm(hub.Limits().hello);
}

AgentSession::~AgentSession() = default;

std::string AgentSession::MakeId() {
  return MakeFrameId(hub_.GetClock().UnixMillis());
}

void AgentSession::Trace(std::string_view type, std::string_view message, bool incoming) {
  FrameTrace::Entry entry;
  entry.connection = number_;
  entry.agent = name_;
  entry.incoming = incoming;
  entry.unix_millis = hub_.GetClock().UnixMillis();
  entry.type = type;
  hub_.Trace().Add(std::move(entry), message);
}

void AgentSession::SendFrame(std::string_view type, std::string_view data) {
  const std::string frame = MakeFrame(type, data);
  Trace(type, frame, false);
  connection_.Send(frame);
}

void AgentSession::OnMessage(std::string_view message) {
  if (state_ == State::AwaitHello) return OnHello(message);
  if (state_ != State::Ready) return;
  ++seen_.frames;
  if (loads_.Take(message)) return;
  const auto frame = ParseJson(message, kFrameLimits);
  const bool is_frame = frame && (*frame)["type"].IsString() && (*frame)["data"].IsObject();
  Trace(is_frame ? (*frame)["type"].AsString() : "", message, true);
  if (!is_frame) {
    ++seen_.malformed;
    LogWarning("frame ignored", {{"agent", name_}, {"text", message.substr(0, 100)}});
    return;
  }
  // All frames are handled in the order of their arrival; the controller keeps that order for the syncs only.
  const auto handler = Handlers().find((*frame)["type"].AsString());
  if (handler != Handlers().end()) (this->*handler->second)((*frame)["data"]);
}

void AgentSession::OnHello(std::string_view message) {
  hello_timer_.Cancel();
  auto hello = hub_.CheckHello(message, dialect_);
  Trace("hello", message, true);
  if (!hello) return Reject(hello.error());
  hello_ = std::move(*hello);
  name_ = MakeAgentSlug(hello_.agent_name, hello_.agent_id);
  if (const auto refusal = hub_.Join(*this)) {
    name_.clear();
    return Reject(*refusal);
  }
  state_ = State::Ready;
  last_pong_ = hub_.Loop().Now();
  Welcome();
  ping_timer_.Arm(hub_.Limits().ping);
}

void AgentSession::Welcome() {
  Faults &faults = hub_.GetFaults();
  if (faults.mute_welcomes > 0) {
    --faults.mute_welcomes;
    return;
  }
  if (!faults.welcome.empty()) return SendFrame("welcome", faults.welcome);
  JsonWriter json;
  json.BeginObject().Key("pollInterval").Int(hub_.PollInterval()).Key("config").BeginObject();
  json.Member("drydockVersion", "1.7.0-devhub").Member("supportedProtocols", dialect_.protocol);
  json.Member("serverCompatLevel", "1.4.0").End().End();
  SendFrame("welcome", json.Text());
}

void AgentSession::Reject(const Rejection &rejection) {
  LogInfo("agent refused", {{"code", rejection.code}, {"reason", rejection.message}});
  ++hub_.GetCounters().rejections;
  JsonWriter json;
  json.BeginObject().Member("message", rejection.message).Member("code", rejection.code).End();
  SendFrame("error", json.Text());
  state_ = State::Closing;
  connection_.Close(rejection.CloseCode(), rejection.code);
}

void AgentSession::Revoke() {
  Reject({"unknown-key", "key revoked"});
}

void AgentSession::OnPingTick() {
  ping_timer_.Arm(hub_.Limits().ping);
  if (hub_.GetFaults().no_ping) return;
  // While we do not read, pongs wait in the socket and say nothing about the agent.
  if (connection_.IsPaused()) last_pong_ = hub_.Loop().Now();
  if (hub_.Loop().Now() - last_pong_ >= hub_.Limits().dead) {
    connection_.Close(kGoingAway, "ping timeout");
    return;
  }
  JsonWriter json;
  json.BeginObject().Key("timestamp").Int(hub_.GetClock().UnixMillis()).End();
  SendFrame("ping", json.Text());
}

void AgentSession::OnCloseFrame(uint16_t code, std::string_view reason) {
  Trace("(close frame)", std::to_string(code) + " " + std::string(reason), true);
}

void AgentSession::OnClosed() {
  Trace("(closed)", "", true);
  state_ = State::Closing;
  ping_timer_.Cancel();
  hello_timer_.Cancel();
  const auto calls = std::move(calls_);
  calls_.clear();
  for (const auto &[id, call] : calls) call->OnSessionEnded();
  execs_.EndAll();
  logs_.FailAll();
  loads_.FailAll();
  if (!name_.empty()) hub_.Leave(*this);
}

void AgentSession::SetHold(const std::string &holder, bool held) {
  if (held) {
    holds_.insert(holder);
  } else {
    holds_.erase(holder);
  }
  connection_.SetPaused(WsConnection::Pause::Backpressure, !holds_.empty());
}

void AgentSession::OnClientDrained(ClientId client) {
  SetHold("client " + std::to_string(client), false);
}

bool AgentSession::HasRoomForPending() const {
  return calls_.size() + logs_.Pending() < hub_.Limits().pending;
}

bool AgentSession::AddCall(const std::string &id, TunnelCall &call) {
  if (HasRoomForPending()) {
    calls_.emplace(id, &call);
    return true;
  }
  JsonWriter json;
  json.BeginObject().Member("message", "too many pending requests").Member("code", "stream-limit");
  json.Member("requestId", id).End();
  SendFrame("error", json.Text());
  return false;
}

}  // namespace lookout::devhub
