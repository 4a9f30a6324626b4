// SPDX-License-Identifier: Apache-2.0
#include "agent/LogAnswer.hxx"

#include <fmt/core.h>

#include "base/Strings.hxx"
#include "proxy/ReadyAnswer.hxx"
#include "proxy/TargetQuery.hxx"

namespace lookout {

namespace {

constexpr std::string_view kLogsPrefix = "getting logs: ";

bool IsSet(std::string_view query, std::string_view name) {
  const std::string value = FindQueryParameter(query, name).value_or("");
  return value == "1" || value == "true";
}

class LogExchange final : public Exchange, private ContainerLogReader::Handler {
 public:
  LogExchange(EventLoop &loop, RequestHandler &docker, Origin origin, const ContainerLogReader::Query &query,
              ResponseSink &sink)
      : loop_(loop), sink_(sink), reader_(loop, docker, std::move(origin), query, *this) {}

  void Resume() override {
    if (refusal_) return refusal_->Resume();
    reader_.Resume();
  }

 private:
  void OnLogStatus(int status) override {
    status_ = status;
    if (status != 200) return;
    sink_.OnHead({200, "OK", {{"Content-Type", "text/plain; charset=utf-8"}}});
  }
  void OnLogText(LogStreamKind, std::string_view bytes) override { gathered_ += bytes; }
  Flow OnLogPause() override {
    const std::string text = std::exchange(gathered_, {});
    return text.empty() ? Flow::Go : sink_.OnData(text);
  }
  void OnLogEnd() override { sink_.OnEnd(); }
  void OnLogError(std::string message) override {
    if (status_ == 200) return sink_.OnError({Failure::Kind::Broken, std::move(message)});
    refusal_ = MakeReadyExchange(
        loop_, sink_,
        MakeTextResponse(KeepStatus(status_), std::string(kLogsPrefix) + PrintableUnquoted(message, 4096)));
  }

  EventLoop &loop_;
  ResponseSink &sink_;
  int status_ = 0;
  std::string gathered_;  // the records of one piece of input
  std::unique_ptr<Exchange> refusal_;
  ContainerLogReader reader_;
};

}  // namespace

int KeepStatus(int engine_status) {
  for (const int status : {400, 403, 404, 409}) {
    if (engine_status == status) return status;
  }
  return 500;
}

Result<ContainerLogReader::Query> ParseLogQuery(const std::string &container_id, std::string_view query) {
  if (!IsValidContainerRef(container_id)) {
    return Fail(fmt::format("{}invalid container id/name: \"{}\"", kLogsPrefix, Printable(container_id, 64)));
  }
  ContainerLogReader::Query parsed;
  parsed.container_id = container_id;
  const std::string tail = FindQueryParameter(query, "tail").value_or("");
  if (!tail.empty()) {
    const auto lines = ParseInt(tail.front() == '+' ? tail.substr(1) : tail);
    if (!lines || *lines <= 0) return Fail("invalid tail: must be a positive integer");
    parsed.tail = std::to_string(*lines);
  }
  parsed.since = FindQueryParameter(query, "since").value_or("");
  parsed.until = FindQueryParameter(query, "until").value_or("");
  parsed.follow = IsSet(query, "follow");
  parsed.timestamps = IsSet(query, "timestamps");
  return parsed;
}

std::unique_ptr<Exchange> MakeLogExchange(EventLoop &loop, RequestHandler &docker, RouteCall call) {
  const auto query = ParseLogQuery(call.arguments.front(), call.request.head.Query());
  if (!query) return MakeReadyExchange(loop, call.sink, MakeTextResponse(400, query.error().message));
  return std::make_unique<LogExchange>(loop, docker, std::move(call.request.origin), *query, call.sink);
}

}  // namespace lookout
