// SPDX-License-Identifier: Apache-2.0
#include "tunnel/FrameCodec.hxx"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/Base64.hxx"
#include "base/Strings.hxx"
#include "tunnel/FrameFields.hxx"
#include "tunnel/Limits.hxx"

namespace lookout {

namespace {

constexpr int64_t kMinPollInterval = 5;
constexpr int64_t kMaxPollInterval = 24 * 3600;
constexpr std::string_view kBase64Bodies = "edge-response-body-b64";
/** A request's headers are few; this bounds what a hostile peer can make us keep. */
constexpr size_t kMaxHeaders = 128;
/** More than the kernel lets a process begin with. */
constexpr size_t kMaxCommand = 2 * limits::kMiB;

/** The interval is optional, and a bad one must not cost the session (protocol: welcome). */
void ReadPollInterval(FrameFields &fields, WelcomeFrame &frame) {
  const auto seconds = fields.Int("pollInterval");
  if (seconds && *seconds > 0) frame.welcome.poll_interval = std::clamp(*seconds, kMinPollInterval, kMaxPollInterval);
}

void ReadWelcomeConfig(FrameFields &fields, WelcomeFrame &frame) {
  const JsonValue &config = fields["config"];
  if (config.IsNull()) return;
  const auto parsed = ParseJson(config.Raw(), {.levels = 1, .max_values = 1000});
  if (!parsed || !parsed->IsObject()) return fields.Report("config", "an object");
  const JsonValue &values = *parsed;
  frame.welcome.server_version = values["drydockVersion"].AsString();
  frame.welcome.compat_level = values["serverCompatLevel"].AsString();
  const auto accepted = SplitList(values["capabilities"].AsString());
  frame.accepts_base64_bodies = std::find(accepted.begin(), accepted.end(), kBase64Bodies) != accepted.end();
}

Frame ReadWelcome(FrameFields &fields) {
  WelcomeFrame frame;
  ReadPollInterval(fields, frame);
  ReadWelcomeConfig(fields, frame);
  frame.problem = fields.Problem();
  return frame;
}

Frame ReadError(FrameFields &fields) {
  return ErrorFrame{fields.String("message"), fields.String("code"), fields.Id("requestId")};
}

Frame ReadPing(FrameFields &fields) {
  return PingFrame{fields.NumberText("timestamp")};
}

Frame ReadPong(FrameFields &) {
  return PongFrame{};
}

Frame ReadRequest(FrameFields &fields) {
  RequestFrame frame;
  frame.request_id = fields.Id("requestId");
  frame.method = fields.String("method");
  if (frame.method.empty()) frame.method = "GET";
  frame.path = fields.String("path");
  const JsonValue &headers = fields["headers"];
  if (!headers.IsNull()) {
    const auto parsed = ParseJson(headers.Raw(), {.levels = 1, .max_values = kMaxHeaders});
    if (!parsed || !parsed->IsObject()) {
      fields.Report("headers", fmt::format("an object of at most {} strings", kMaxHeaders));
      return frame;
    }
    for (const auto &[name, value] : parsed->Members()) {
      if (!value.IsString()) fields.Report("headers", "an object of strings");
      frame.headers.Add(name, value.AsString());
    }
  }
  const JsonValue &body = fields["body"];
  if (!body.IsNull()) frame.body = std::string(body.Raw());
  return frame;
}

Frame ReadExecStart(FrameFields &fields) {
  ExecStartFrame frame;
  frame.exec_id = fields.RequiredId("execId");
  frame.container_id = fields.RequiredId("containerId");
  frame.command = fields.Strings("cmd");
  if (frame.command.empty()) fields.Report("cmd", "an array that names a command");
  size_t size = 0;
  for (const auto &word : frame.command) size += word.size();
  if (size > kMaxCommand) fields.Report("cmd", "shorter than 2 MiB");
  frame.user = fields.Id("user");
  frame.cols = fields.Int("cols").value_or(0);
  frame.rows = fields.Int("rows").value_or(0);
  frame.tty = fields.Bool("tty", true);
  return frame;
}

Frame ReadExecInput(FrameFields &fields) {
  ExecInputFrame frame;
  frame.exec_id = fields.RequiredId("execId");
  std::string text = fields.String("data");
  auto bytes = Base64Decode(text);
  if (!bytes) {
    // Some encoders break lines.
    std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });
    bytes = Base64Decode(text);
  }
  if (!bytes) fields.Report("data", "standard base64 with padding");
  frame.bytes = std::move(bytes).value_or("");
  return frame;
}

Frame ReadExecResize(FrameFields &fields) {
  return ExecResizeFrame{fields.RequiredId("execId"), fields.Int("cols").value_or(0), fields.Int("rows").value_or(0)};
}

Frame ReadExecEnd(FrameFields &fields) {
  return ExecEndFrame{fields.RequiredId("execId")};
}

Frame ReadLogRequest(FrameFields &fields) {
  LogRequestFrame frame;
  frame.request_id = fields.Id("requestId");
  frame.container_id = fields.Id("containerId");
  frame.tail = fields.Int("tail");
  frame.since = fields.StringOrInt("since");
  frame.until = fields.StringOrInt("until");
  frame.follow = fields.Bool("follow", false);
  frame.timestamps = fields.Bool("timestamps", false);
  frame.stream = fields.Bool("stream", false);
  return frame;
}

Frame ReadLogCancel(FrameFields &fields) {
  return LogCancelFrame{fields.RequiredId("requestId"), fields.Id("containerId")};
}

Frame ReadDeleteRequest(FrameFields &fields) {
  return DeleteRequestFrame{fields.Id("requestId"), fields.Id("containerId")};
}

Frame ReadWatch(FrameFields &fields) {
  return WatchFrame{WatchFrame::Kind::Watch, fields.Id("watcherType"), fields.Id("watcherName"), {}};
}

Frame ReadWatchContainer(FrameFields &fields) {
  return WatchFrame{WatchFrame::Kind::WatchContainer, fields.Id("watcherType"), fields.Id("watcherName"),
                    fields.Id("containerId")};
}

Frame ReadTrigger(FrameFields &fields) {
  return WatchFrame{WatchFrame::Kind::Trigger, fields.Id("triggerType"), fields.Id("triggerName"), {}};
}

struct FrameType {
  std::string_view name;
  Frame (*read)(FrameFields &);
};

constexpr std::array kFrameTypes = {
    FrameType{"welcome", ReadWelcome},
    FrameType{"error", ReadError},
    FrameType{"ping", ReadPing},
    FrameType{"pong", ReadPong},
    FrameType{"request", ReadRequest},
    FrameType{"exec_start", ReadExecStart},
    FrameType{"exec_input", ReadExecInput},
    FrameType{"exec_resize", ReadExecResize},
    FrameType{"exec_end", ReadExecEnd},
    FrameType{"dd:container_log_request", ReadLogRequest},
    FrameType{"dd:container_log_cancel", ReadLogCancel},
    FrameType{"dd:container_delete_request", ReadDeleteRequest},
    FrameType{"dd:watch_request", ReadWatch},
    FrameType{"dd:watch_container_request", ReadWatchContainer},
    FrameType{"dd:trigger_request", ReadTrigger},
};

/** An id for the answer to a broken frame; "" where it is none. */
std::string ReadableId(const JsonValue &data, std::string_view key) {
  const std::string &id = data[key].AsString();
  return FrameFields::IsId(id) ? id : "";
}

FrameError MakeError(std::string message, const std::string &type, const JsonValue &data) {
  return {std::move(message),
          type,
          ReadableId(data, "requestId"),
          ReadableId(data, "execId"),
          ReadableId(data, "containerId"),
          data["stream"].AsBool().value_or(false)};
}

/** One that cannot be read is still a welcome. */
Frame MakeBareWelcome(std::string problem) {
  WelcomeFrame frame;
  frame.problem = std::move(problem);
  return frame;
}

}  // namespace

tl::expected<Frame, FrameError> ParseFrame(std::string_view message) {
  const auto parsed = ParseJson(message, {.levels = 2, .max_values = 10'000});
  if (!parsed) return tl::unexpected(FrameError{parsed.error().message, {}, {}, {}, {}, false});
  const JsonValue &root = *parsed;
  const std::string &type = root["type"].AsString();
  const JsonValue &data = root["data"];
  if (type.empty()) return tl::unexpected(MakeError("\"type\" must be a string that is not empty", type, data));

  const auto known = std::find_if(kFrameTypes.begin(), kFrameTypes.end(),
                                  [&type](const FrameType &candidate) { return candidate.name == type; });
  if (known == kFrameTypes.end()) return UnknownFrame{type};
  if (!data.IsObject()) {
    constexpr std::string_view kProblem = "\"data\" must be an object";
    if (type == "welcome") return MakeBareWelcome(std::string(kProblem));
    return tl::unexpected(MakeError(std::string(kProblem), type, data));
  }
  FrameFields fields(data);
  Frame frame = known->read(fields);
  // A welcome that cannot be read in full is still a welcome.
  if (!fields.Problem().empty() && !std::holds_alternative<WelcomeFrame>(frame)) {
    return tl::unexpected(MakeError(fields.Problem(), type, data));
  }
  return frame;
}

}  // namespace lookout
