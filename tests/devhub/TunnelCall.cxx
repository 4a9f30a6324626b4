// SPDX-License-Identifier: Apache-2.0
#include "tests/devhub/TunnelCall.hxx"

#include <array>

#include "base/Base64.hxx"
#include "base/JsonWriter.hxx"
#include "base/Strings.hxx"
#include "tests/devhub/AgentSession.hxx"
#include "tests/devhub/Frames.hxx"

namespace lookout::devhub {

namespace {

constexpr size_t kMaxRequestBody = 10 * 1024 * 1024;

bool IsForwardedHeader(const std::string &lower_name) {
  constexpr std::array<std::string_view, 11> kDropped = {
      "authorization",       "connection", "content-length",    "host",    "keep-alive", "proxy-authenticate",
      "proxy-authorization", "te",         "transfer-encoding", "trailer", "upgrade"};
  for (const auto name : kDropped) {
    if (lower_name == name) return false;
  }
  return true;
}

HeaderList ReadHeaders(const JsonValue &headers) {
  HeaderList list;
  for (const JsonMember &member : headers.Members()) {
    if (!IsForwardedHeader(ToLower(member.key))) continue;
    list.Add(member.key, member.value.IsString() ? member.value.AsString() : std::string(member.value.Raw()));
  }
  return list;
}

}  // namespace

TunnelCall::TunnelCall(EventLoop &loop, const HubLimits &limits, AgentSession *session, Request request,
                       ResponseSink &sink)
    : loop_(loop),
      limits_(limits),
      session_(session),
      request_(std::move(request)),
      sink_(sink),
      is_stream_(IsStreamTarget(request_.head.target)),
      reader_(loop, [this] { ReadBody(); }),
      timer_(loop, [this] { Fail(502, is_stream_ ? "stream idle timeout" : "request timeout"); }) {
  reader_.Schedule();
}

TunnelCall::~TunnelCall() {
  Detach();
}

void TunnelCall::ReadBody() {
  std::array<char, 65536> buffer;
  while (request_.body) {
    const auto chunk = request_.body->Read(buffer);
    if (chunk.state == BodySource::Chunk::State::Wait) {
      request_.body->NotifyReady([this] { reader_.Schedule(); });
      return;
    }
    if (chunk.state == BodySource::Chunk::State::Error) return Fail(400, "the request body broke off");
    if (chunk.state == BodySource::Chunk::State::End) break;
    body_.append(buffer.data(), chunk.size);
    if (body_.size() > kMaxRequestBody) return Fail(413, "request body over 10 MiB");
  }
  SendRequest();
}

void TunnelCall::SendRequest() {
  if (session_ == nullptr) return Fail(502, "the agent is not connected");
  if (!body_.empty() && CheckJson(body_) == JsonFidelity::NotJson) {
    return Fail(502, "request bodies must be JSON: this protocol carries no others");
  }
  id_ = session_->MakeId();
  if (!session_->AddCall(id_, *this)) return Fail(502, "too many pending requests");
  timer_.Arm(is_stream_ ? limits_.stream_idle : limits_.request);
  session_->SendFrame("request", MakeRequestData());
}

std::string TunnelCall::MakeRequestData() const {
  JsonWriter json;
  json.BeginObject().Member("requestId", id_).Member("method", request_.head.method);
  json.Member("path", request_.head.target).Key("headers").BeginObject();
  for (const Header &header : request_.head.headers) {
    const std::string name = ToLower(header.name);
    if (IsForwardedHeader(name)) json.Member(name, header.value);
  }
  json.End();
  if (!body_.empty()) json.Key("body").Raw(body_);
  json.End();
  return json.Take();
}

void TunnelCall::OnResponse(const JsonValue &data) {
  const auto status = data["statusCode"].AsInt();
  const bool is_stream = data["isStream"].AsBool().value_or(false);
  if (is_stream_ && !is_stream) return;  // the controller waits on, and so do we
  if (!status || *status < 100 || *status > 599) return Fail(502, "statusCode is not a number from 100 to 599");
  if (!is_stream_) {
    Complete(static_cast<int>(*status), ReadHeaders(data["headers"]), is_stream ? "" : MakeHttpBody(data["body"]));
    return;
  }
  if (head_sent_) return;
  timer_.Arm(limits_.stream_idle);
  head_sent_ = true;
  sink_.OnHead({static_cast<int>(*status), "", ReadHeaders(data["headers"])});
}

void TunnelCall::OnStream(const JsonValue &data) {
  if (!is_stream_) return;
  if (!held_) timer_.Arm(limits_.stream_idle);
  const auto bytes = Base64Decode(data["data"].AsString());
  if (!bytes) return Fail(502, "stream data is not base64");
  streamed_ += bytes->size();
  if (streamed_ > limits_.stream) return Fail(502, "stream over the limit of the controller");
  if (!bytes->empty()) PassOn(*bytes);
}

void TunnelCall::PassOn(std::string_view bytes) {
  if (!head_sent_ || done_) return;
  if (sink_.OnData(bytes) == Flow::Wait) SetHeld(true);
}

void TunnelCall::OnStreamEnd() {
  if (!is_stream_) return;
  if (!head_sent_) return Fail(502, "stream_end without a response");
  Detach();
  sink_.OnEnd();
}

void TunnelCall::OnErrorFrame(const std::string &message) {
  Fail(502, message);
}

void TunnelCall::OnSessionEnded() {
  session_ = nullptr;
  held_ = false;
  Fail(502, "connection closed");
}

void TunnelCall::Resume() {
  if (!held_) return;
  SetHeld(false);
  timer_.Arm(limits_.stream_idle);
}

void TunnelCall::SetHeld(bool held) {
  held_ = held;
  // The clock stands while we do not read: the agent's frames may be waiting in the socket.
  if (held) timer_.Cancel();
  if (session_ != nullptr) session_->SetHold(id_, held);
}

void TunnelCall::Complete(int status, HeaderList headers, std::string_view body) {
  Detach();
  headers.Set("Content-Length", std::to_string(body.size()));
  sink_.OnHead({status, "", std::move(headers)});
  if (!body.empty()) sink_.OnData(body);
  sink_.OnEnd();
}

void TunnelCall::Fail(int status, const std::string &message) {
  if (done_) return;
  if (head_sent_) {
    Detach();
    sink_.OnError({Failure::Kind::Broken, message});
    return;
  }
  JsonWriter json;
  json.BeginObject().Member("message", "Portwing Docker transport failed: " + message).End();
  Complete(status, {{"Content-Type", "application/json"}}, json.Text());
}

void TunnelCall::Detach() {
  done_ = true;
  timer_.Cancel();
  reader_.Cancel();
  if (session_ == nullptr) return;
  if (held_) SetHeld(false);
  if (!id_.empty()) session_->RemoveCall(id_);
  session_ = nullptr;
}

}  // namespace lookout::devhub
