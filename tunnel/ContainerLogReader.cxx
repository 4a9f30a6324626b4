// SPDX-License-Identifier: Apache-2.0
#include "tunnel/ContainerLogReader.hxx"

#include <fmt/core.h>

#include "base/JsonValue.hxx"
#include "base/Strings.hxx"
#include "tunnel/Limits.hxx"

namespace lookout {

namespace {

constexpr std::string_view kLogsAction = "container logs";
constexpr std::string_view kMultiplexedType = "application/vnd.docker.multiplexed-stream";
constexpr std::string_view kRawType = "application/vnd.docker.raw-stream";
constexpr size_t kMaxInspect = 4 * limits::kMiB;

void AddParameter(std::string &target, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  target += target.find('?') == std::string::npos ? '?' : '&';
  target += fmt::format("{}={}", name, PercentEncode(value));
}

}  // namespace

ContainerLogReader::Query ContainerLogReader::MakeQuery(const LogRequestFrame &frame) {
  Query query{frame.container_id, {}, frame.since, frame.until, frame.follow, frame.timestamps, frame.request_id};
  if (frame.tail && *frame.tail >= 0) query.tail = std::to_string(*frame.tail);
  return query;
}

std::string ContainerLogReader::MakeTarget(const Query &query) {
  std::string target = fmt::format("/containers/{}/logs", query.container_id);
  AddParameter(target, "follow", query.follow ? "1" : "");
  AddParameter(target, "since", query.since);
  AddParameter(target, "stderr", "1");
  AddParameter(target, "stdout", "1");
  AddParameter(target, "tail", query.tail);
  AddParameter(target, "timestamps", query.timestamps ? "1" : "");
  AddParameter(target, "until", query.until);
  return target;
}

ContainerLogReader::ContainerLogReader(EventLoop &loop, RequestHandler &docker, Origin origin, const Query &query,
                                       Handler &handler)
    : loop_(loop), docker_(docker), container_id_(query.container_id), handler_(handler) {
  Request request;
  request.head = {"GET", MakeTarget(query), {}};
  request.origin = std::move(origin);
  request.id = query.request_id;
  request.audit = {"container_logs", container_id_, {}};
  exchange_ = docker_.Handle(std::move(request), *this);
}

void ContainerLogReader::Resume() {
  exchange_->Resume();
}

void ContainerLogReader::OnHead(ResponseHead head) {
  status_ = head.status;
  handler_.OnLogStatus(status_);
  if (status_ != 200) return;
  const std::string *const type = head.headers.Find("Content-Type");
  if (type != nullptr && type->starts_with(kMultiplexedType)) {
    format_ = Format::Multiplexed;
  } else if (type != nullptr && type->starts_with(kRawType)) {
    format_ = Format::Raw;
  } else {
    AskForTty();
  }
}

void ContainerLogReader::AskForTty() {
  auto request = MakeAgentRequest("GET", fmt::format("/containers/{}/json", container_id_));
  inspect_ = std::make_unique<DockerCall>(loop_, docker_, std::move(request), kMaxInspect,
                                          [this](const DockerCall::Outcome &outcome) { OnTtyKnown(outcome); });
}

void ContainerLogReader::OnTtyKnown(const DockerCall::Outcome &outcome) {
  if (outcome.reply && outcome.reply->status == 200) {
    const auto container = ParseJson(outcome.reply->body);
    const auto tty = container ? (*container)["Config"]["Tty"].AsBool() : std::nullopt;
    if (tty) format_ = *tty ? Format::Raw : Format::Multiplexed;
  }
  if (format_ == Format::Unknown) {
    format_ = DockerLogDecoder::LooksMultiplexed(held_) ? Format::Multiplexed : Format::Raw;
  }
  const std::string held = std::exchange(held_, {});
  const Flow flow = held.empty() ? Flow::Go : HandOut(held);
  FinishIfEnded();
  if (flow == Flow::Go && !ended_) exchange_->Resume();
}

Flow ContainerLogReader::OnData(std::string_view bytes) {
  if (status_ != 200) {
    held_ += bytes.substr(0, limits::kMaxErrorBody - std::min(held_.size(), limits::kMaxErrorBody));
    return Flow::Go;
  }
  if (format_ != Format::Unknown) return HandOut(bytes);
  held_ += bytes;
  return Flow::Wait;
}

Flow ContainerLogReader::HandOut(std::string_view bytes) {
  if (format_ == Format::Raw) {
    handler_.OnLogText(LogStreamKind::Stdout, bytes);
  } else {
    decoder_.Feed(bytes, [this](LogStreamKind kind, std::string_view text) { handler_.OnLogText(kind, text); });
  }
  return handler_.OnLogPause();
}

void ContainerLogReader::OnEnd() {
  ended_ = true;
  if (status_ != 200) return handler_.OnLogError(DescribeDockerError(kLogsAction, {status_, {}, held_}));
  FinishIfEnded();
}

void ContainerLogReader::FinishIfEnded() {
  if (!ended_ || format_ == Format::Unknown) return;
  if (decoder_.InsideRecord()) return handler_.OnLogError("container logs: the stream broke off inside a record");
  handler_.OnLogEnd();
}

void ContainerLogReader::OnError(Failure failure) {
  inspect_.reset();
  handler_.OnLogError(DescribeFailure(kLogsAction, failure));
}

}  // namespace lookout
