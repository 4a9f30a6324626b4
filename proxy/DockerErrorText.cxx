// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>

#include "base/JsonValue.hxx"
#include "base/Strings.hxx"
#include "proxy/DockerCall.hxx"

namespace lookout {

namespace {

/** An error body is read no further. */
constexpr size_t kMaxErrorBody = 4096;
constexpr size_t kMaxContainerRef = 128;

bool IsAlphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string MessageOf(const JsonValue &json) {
  std::string message(Trim(json["message"].AsString()));
  std::string reason(Trim(json["reason"].AsString()));
  if (message.empty() || message == reason) return reason;
  return reason.empty() ? message : message + ": " + reason;
}

}  // namespace

std::string ExtractDockerMessage(std::string_view body) {
  const auto text = Trim(body.substr(0, kMaxErrorBody));
  const auto json = ParseJson(text, {.levels = 1});
  if (json && json->IsObject()) {
    auto message = MessageOf(*json);
    if (!message.empty()) return message;
  }
  return std::string(text);
}

std::string DescribeDockerError(std::string_view action, const DockerReply &reply) {
  const std::string message = ExtractDockerMessage(reply.body);
  return fmt::format("{}: docker error (status {}){}{}", action, reply.status, message.empty() ? "" : ": ", message);
}

std::string DescribeFailure(std::string_view action, const Failure &failure) {
  return fmt::format("{}: {}", action, failure.message);
}

bool IsValidContainerRef(std::string_view reference) {
  return !reference.empty() && reference.size() <= kMaxContainerRef && IsAlphanumeric(reference.front()) &&
         std::all_of(reference.begin(), reference.end(),
                     [](char c) { return IsAlphanumeric(c) || c == '_' || c == '.' || c == '-'; });
}

}  // namespace lookout
