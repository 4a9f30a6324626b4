// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/AgentTwin.hxx"

#include <fmt/format.h>

#include <algorithm>

#include "base/Base64.hxx"
#include "base/Strings.hxx"

namespace lookout::bench {

namespace {

/** As much as the agent puts into one frame. */
constexpr size_t kStreamChunk = 32 * 1024;

/** The text behind `key` up to the next character `end`; "" when there is none. */
std::string_view Between(std::string_view text, std::string_view key, char end) {
  const size_t at = text.find(key);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + key.size());
  return text.substr(0, text.find(end));
}

uint64_t NumberBehind(std::string_view text, std::string_view key) {
  std::string_view digits = Between(text, key, '"');
  digits = digits.substr(0, digits.find('&'));
  return static_cast<uint64_t>(ParseInt(digits).value_or(0));
}

}  // namespace

AgentTwin::AgentTwin(EventLoop &loop, std::string hello)
    : loop_(loop), hello_(std::move(hello)), stream_payload_(Base64Encode(std::string(kStreamChunk, 'x'))) {}

void AgentTwin::OnOpen(const UpgradeInfo &) {
  Push(hello_);
}

void AgentTwin::Push(std::string text) {
  outgoing_.push_back(std::move(text));
  transport_->RequestWrite();
}

void AgentTwin::OnMessage(std::string_view message) {
  if (message.starts_with(R"({"type":"welcome")")) {
    Push(R"({"type":"dd:component_sync","data":{"watchers":[],"triggers":[]}})");
    Push(R"({"type":"dd:container_sync","data":{"containers":[]}})");
  } else if (message.starts_with(R"({"type":"ping")")) {
    Push(fmt::format(R"({{"type":"pong","data":{{"timestamp":{}}}}})", Between(message, "\"timestamp\":", '}')));
  } else if (message.starts_with(R"({"type":"request")")) {
    Answer(Between(message, R"("requestId":")", '"'), Between(message, R"("path":")", '"'));
  }
}

void AgentTwin::Answer(std::string_view id, std::string_view target) {
  const uint64_t bytes = NumberBehind(target, "bytes=");
  if (bytes > 0) {
    Push(fmt::format(
        R"({{"type":"response","data":{{"requestId":"{}","statusCode":200,"headers":{{}},"isStream":true}}}})", id));
    stream_ = Stream{std::string(id), bytes};
    return;
  }
  Push(fmt::format(
      R"({{"type":"response","data":{{"requestId":"{}","statusCode":200,"headers":{{"Content-Type":"application/json"}},)"
      R"("contentType":"application/json","body":{}}}}})",
      id, BodyOfSize(NumberBehind(target, "size="))));
}

std::optional<std::string> AgentTwin::NextMessage() {
  if (!outgoing_.empty()) {
    std::string next(outgoing_.front());
    outgoing_.pop_front();
    return next;
  }
  if (!stream_) return std::nullopt;
  return NextOfStream();
}

std::string AgentTwin::NextOfStream() {
  std::string next(
      fmt::format(R"({{"type":"stream","data":{{"requestId":"{}","data":"{}"}}}})", stream_->id, stream_payload_));
  stream_->left -= std::min<uint64_t>(stream_->left, kStreamChunk);
  if (stream_->left == 0) {
    Push(fmt::format(R"({{"type":"stream_end","data":{{"requestId":"{}","reason":"complete"}}}})", stream_->id));
    stream_.reset();
  }
  return next;
}

const std::string &AgentTwin::BodyOfSize(size_t size) {
  std::string &body = bodies_[size];
  if (body.empty()) body = "{\"Pad\":\"" + std::string(size, 'x') + "\"}";
  return body;
}

}  // namespace lookout::bench
