// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/SessionLedger.hxx"

#include <fmt/core.h>

#include <array>

#include "base/Base64.hxx"
#include "base/Utf8.hxx"
#include "tests/fuzz/Require.hxx"

namespace lookout {

namespace {

constexpr std::array<std::string_view, 5> kGoodReasons = {"binary", "busy", "shutting down", "does not fit",
                                                          "is larger than"};

void RequireContinues(std::string &received, std::string_view more, std::string_view given) {
  Require(given.substr(std::min(received.size(), given.size()), more.size()) == more,
          "bytes of a stream arrive in order, and none twice");
  received += more;
}

std::string Payload(const JsonValue &data) {
  const auto bytes = Base64Decode(data["data"].AsString());
  Require(bytes.has_value(), "a payload is base64");
  return *bytes;
}

}  // namespace

void SessionLedger::Expect(const std::string &kind, const std::string &id) {
  auto &due = due_[{kind, id}];
  ++due.at_least;
  ++due.at_most;
  ++uses_[id];
}

bool SessionLedger::IsUnique(const std::string &id) const {
  const auto found = uses_.find(id);
  return !id.empty() && found != uses_.end() && found->second == 1;
}

void SessionLedger::OnDelivered(std::string_view message) {
  const auto frame = ParseFrame(message);
  if (!frame) return ExpectForBroken(frame.error());
  if (const auto *const ping = std::get_if<PingFrame>(&*frame)) pings_.push_back(ping->timestamp);
  if (const auto *const request = std::get_if<RequestFrame>(&*frame)) Expect("request", request->request_id);
  if (const auto *const start = std::get_if<ExecStartFrame>(&*frame)) Expect("exec", start->exec_id);
  if (const auto *const end = std::get_if<ExecEndFrame>(&*frame)) let_go_.insert(end->exec_id);
  if (const auto *const input = std::get_if<ExecInputFrame>(&*frame)) {
    if (due_.contains({"exec", input->exec_id}) && !let_go_.contains(input->exec_id)) {
      input_[input->exec_id] += input->bytes;
    }
  }
  if (!drydock_frames_) return;
  if (const auto *const log = std::get_if<LogRequestFrame>(&*frame))
    Expect(log->stream ? "live" : "log", log->request_id);
  if (const auto *const removal = std::get_if<DeleteRequestFrame>(&*frame)) Expect("delete", removal->request_id);
  if (std::holds_alternative<WatchFrame>(*frame)) Expect("watch", "");
}

void SessionLedger::ExpectForBroken(const FrameError &error) {
  const bool is_named = !error.request_id.empty() || !error.container_id.empty();
  if (error.type == "request" && !error.request_id.empty()) Expect("request", error.request_id);
  if ((error.type == "exec_start" || error.type == "exec_input") && !error.exec_id.empty()) {
    // Ends the session that there is, or else is refused by itself.
    ++due_[{"exec", error.exec_id}].at_most;
    ++uses_[error.exec_id];
    let_go_.insert(error.exec_id);
  }
  if (!is_named || !drydock_frames_) return;
  if (error.type == "dd:container_log_request") Expect(error.stream ? "live" : "log", error.request_id);
  if (error.type == "dd:container_delete_request") Expect("delete", error.request_id);
}

void SessionLedger::Settle(const std::string &kind, const std::string &id) {
  auto &due = due_[{kind, id}];
  ++due.got;
  Require(due.got <= due.at_most, fmt::format("what was asked for on this connection ends once: {} {}", kind, id));
}

void SessionLedger::OnSent(std::string_view message) {
  const auto frame = ParseJson(message);
  Require(frame && IsValidUtf8(message), "a message is JSON in UTF-8");
  const std::string &type = (*frame)["type"].AsString();
  const JsonValue &data = (*frame)["data"];
  if (type == "response" || type == "error" || type.starts_with("stream")) return OnRequestFrame(type, data);
  if (type.starts_with("exec_")) return OnExecFrame(type, data);
  if (type.starts_with("dd:container_log_")) return OnLogFrame(type, data);
  if (type == "dd:container_delete_response") return Settle("delete", data["requestId"].AsString());
  if (type.starts_with("dd:watch_") || type == "dd:trigger_response") return Settle("watch", "");
  if (type == "pong") return OnPong(data);
  Require(type == "ping" || type == "x:extension", "every message is of a known type");
}

void SessionLedger::OnPong(const JsonValue &data) {
  Require(!pings_.empty() && data["timestamp"].Raw() == pings_.front(), "pings are answered in their order");
  pings_.pop_front();
}

void SessionLedger::OnRequestFrame(const std::string &type, const JsonValue &data) {
  const std::string &id = data["requestId"].AsString();
  const bool is_known = IsUnique(id);
  auto &received = received_[id];
  if (type == "response" && data["isStream"].AsBool().value_or(false)) {
    Require(!is_known || !received.is_open, "a stream begins once");
    Require(!is_known || data["statusCode"].AsInt() == engine_.For(id).status, "a stream has the engine's status");
    received.is_open = true;
    return;
  }
  if (type == "stream") {
    Require(received.is_open, "a stream begins with its response");
    if (is_known) RequireContinues(received.out, Payload(data), engine_.For(id).out);
    return;
  }
  Settle("request", id);
  if (!is_known) return;
  if (type == "response") return OnWholeResponse(id, data);
  if (type == "error") return OnRequestError(id, data["message"].AsString());
  Require(received.is_open, "a stream begins before it ends");
  Require(received.out == engine_.For(id).out, "bytes of a stream arrive complete");
  received.is_open = false;
}

void SessionLedger::OnWholeResponse(const std::string &id, const JsonValue &data) {
  const auto &given = engine_.For(id);
  Require(given.is_whole && data["statusCode"].AsInt() == given.status, "a response is the engine's");
  const JsonValue &body = data["body"];
  const JsonValue &binary = data["bodyBase64"];
  if (!binary.IsNull()) return Require(Base64Decode(binary.AsString()) == given.out, "a binary body arrives whole");
  Require(given.out == (body.IsNull() ? "" : body.IsString() ? body.AsString() : body.Raw()), "a body arrives whole");
}

void SessionLedger::OnRequestError(const std::string &id, const std::string &message) {
  Require(!received_[id].is_open, "what began as a stream ends as one");
  Require(!message.empty(), "an error has words");
  if (!engine_.For(id).is_whole) return;
  const bool is_reason = std::any_of(kGoodReasons.begin(), kGoodReasons.end(),
                                     [&](auto reason) { return message.find(reason) != std::string::npos; });
  Require(is_reason, "whoever was answered gets the answer");
}

void SessionLedger::OnExecFrame(const std::string &type, const JsonValue &data) {
  const std::string &id = data["execId"].AsString();
  const bool is_known = IsUnique(id);
  auto &received = received_[id];
  if (type == "exec_ready") {
    Require(!is_known || !received.is_open, "an exec begins once");
    received.is_open = true;
  } else if (type == "exec_output") {
    Require(!is_known || received.is_open, "an exec is ready before it says anything");
    if (is_known) RequireContinues(received.out, Payload(data), engine_.For(id).out);
  } else {
    Require(type == "exec_end", "frames of an exec are known");
    Settle("exec", id);
    received.is_open = false;
    if (!is_known || let_go_.contains(id)) return;
    Require(received.out == engine_.For(id).out, "output of an exec arrives complete");
  }
}

void SessionLedger::OnLogFrame(const std::string &type, const JsonValue &data) {
  const std::string &id = data["requestId"].AsString();
  if (type == "dd:container_log_response") {
    Settle("log", id);
    const auto &given = engine_.For(id);
    const std::string &text = data["logs"].AsString();
    const bool is_plain = !text.starts_with("error: ") && text.find("[lookout: ") == std::string::npos;
    if (!IsUnique(id) || !is_plain || !engine_.IsSure(id) || !given.err.empty()) return;
    Require(given.is_whole ? text == given.out : given.out.starts_with(text), "a log arrives whole");
    return;
  }
  if (type != "dd:container_log_chunk") {
    Settle("live", id);
    return OnLogEnd(id, type == "dd:container_log_end" && data["reason"].AsString() == "eof");
  }
  const auto due = due_.find({"live", id});
  Require(due != due_.end() && due->second.got < due->second.at_most, "a log is sent while it is wanted");
  if (!IsUnique(id) || !engine_.IsSure(id)) return;
  auto &received = received_[id];
  const auto &given = engine_.For(id);
  const bool is_err = data["stream"].AsString() == "stderr";
  RequireContinues(is_err ? received.err : received.out, data["logs"].AsString(), is_err ? given.err : given.out);
}

void SessionLedger::OnLogEnd(const std::string &id, bool is_whole) {
  if (!is_whole || !IsUnique(id) || !engine_.IsSure(id)) return;
  const auto &given = engine_.For(id);
  Require(received_[id].out == given.out && received_[id].err == given.err, "a live log arrives whole");
}

void SessionLedger::RequireSettled() const {
  for (const auto &[key, due] : due_) {
    Require(due.got >= due.at_least, fmt::format("what was asked for ends: {} {}", key.first, key.second));
  }
  Require(pings_.empty(), "every ping is answered");
}

void SessionLedger::RequireInputArrived() {
  for (const auto &[id, bytes] : input_) {
    if (!IsUnique(id) || !received_[id].is_open || let_go_.contains(id)) continue;
    const std::string *const taken = engine_.InputFor(id);
    if (taken != nullptr) Require(*taken == bytes, "input of an exec arrives complete and in order");
  }
}

}  // namespace lookout
