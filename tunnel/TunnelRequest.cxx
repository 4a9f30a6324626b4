// SPDX-License-Identifier: Apache-2.0
#include "tunnel/TunnelRequest.hxx"

#include <fmt/core.h>

#include <array>

#include "base/Strings.hxx"
#include "tunnel/MemoryClaim.hxx"
#include "tunnel/PlainRequest.hxx"
#include "tunnel/StreamRequest.hxx"

namespace lookout {

namespace {

constexpr std::array<std::string_view, 4> kForwardedHeaders = {"Accept", "Content-Type", "X-Registry-Auth",
                                                               "X-Registry-Config"};

/** A body that counts against the connection's memory until the engine has taken it. */
class CountedBody final : public BodySource {
 public:
  CountedBody(std::string bytes, OutboundQueue &queue) : memory_(queue), body_(std::move(bytes)) {
    memory_.GrowTo(static_cast<size_t>(*body_.Length()));
  }
  std::optional<uint64_t> Length() const override { return body_.Length(); }
  Chunk Read(std::span<char> out) override { return body_.Read(out); }
  void NotifyReady(std::function<void()> on_ready) override { body_.NotifyReady(std::move(on_ready)); }

 private:
  MemoryClaim memory_;
  StringBody body_;
};

/** `/containers/x/stats` streams for ever by default; the asker gets the first sample. */
void AskForOneSample(RequestHead &head) {
  if (!head.Path().ends_with("/stats")) return;
  std::string target = std::string(head.Path()) + "?stream=false";
  for (const auto parameter : SplitList(head.Query(), '&')) {
    if (parameter != "stream" && !parameter.starts_with("stream=")) target += fmt::format("&{}", parameter);
  }
  head.target = std::move(target);
}

}  // namespace

Request ToRequest(const TaskContext &context, RequestFrame frame) {
  Request request;
  request.id = std::move(frame.request_id);
  request.head.method = std::move(frame.method);
  request.head.target = std::move(frame.path);
  for (const auto name : kForwardedHeaders) {
    const std::string *const value = frame.headers.Find(name);
    if (value != nullptr) request.head.headers.Add(name, *value);
  }
  if (frame.body) {
    if (!request.head.headers.Has("Content-Type")) request.head.headers.Add("Content-Type", "application/json");
    request.body = std::make_unique<CountedBody>(std::move(*frame.body), context.queue);
  }
  AskForOneSample(request.head);
  request.origin = context.origin;
  request.audit.event = "api_request";
  return request;
}

std::unique_ptr<TunnelTask> MakeTunnelRequest(const TaskContext &context, RequestFrame frame, bool streams) {
  std::string request_id = frame.request_id;
  Request request = ToRequest(context, std::move(frame));
  if (streams) return std::make_unique<StreamRequest>(context, std::move(request_id), std::move(request));
  return std::make_unique<PlainRequest>(context, std::move(request_id), std::move(request));
}

}  // namespace lookout
