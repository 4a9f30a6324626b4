// SPDX-License-Identifier: Apache-2.0
#include "agent/McpToolCalls.hxx"

#include <fmt/core.h>

#include "agent/McpForms.hxx"
#include "base/JsonWriter.hxx"
#include "base/Utf8.hxx"
#include "proxy/DockerCall.hxx"
#include "tunnel/ContainerLogReader.hxx"

namespace lookout {

namespace {

/** A list of a thousand containers with many labels; one inspected container is far below. */
constexpr size_t kMaxToolReply = size_t{16} << 20;
/** Of the text of a log: an assistant has no use for more. */
constexpr size_t kMaxLog = size_t{1} << 20;
constexpr size_t kMaxLogLine = 16 * 1024;

/** One question to the engine, and what is told of the answer. */
class DockerQuestion final : public AnswerWork {
 public:
  using Format = std::function<std::string(const JsonValue &)>;

  DockerQuestion(const McpToolContext &context, std::string_view target, std::string_view action, Format format,
                 McpToolDone on_done)
      : action_(action),
        format_(std::move(format)),
        on_done_(std::move(on_done)),
        call_(context.loop, context.docker, MakeAgentRequest("GET", target), kMaxToolReply,
              [this](const DockerCall::Outcome &outcome) { on_done_(Read(outcome)); }) {}

 private:
  McpToolResult Read(const DockerCall::Outcome &outcome) const {
    if (outcome.failure) return Fail(DescribeFailure(action_, *outcome.failure));
    if (outcome.reply->status != 200) return Fail(DescribeDockerError(action_, *outcome.reply));
    const auto json = ParseJson(outcome.reply->body);
    if (!json) return Fail(fmt::format("{}: the engine's answer is not JSON: {}", action_, json.error().message));
    return format_(*json);
  }

  const std::string action_;
  const Format format_;
  McpToolDone on_done_;
  DockerCall call_;
};

/** The last lines of a log. */
class LogQuestion final : public AnswerWork, private ContainerLogReader::Handler {
 public:
  LogQuestion(const McpToolContext &context, const McpToolArguments &arguments, McpToolDone on_done)
      : id_(arguments.container_id),
        on_done_(std::move(on_done)),
        reader_(context.loop, context.docker, {}, MakeQuery(arguments), *this) {}

 private:
  static ContainerLogReader::Query MakeQuery(const McpToolArguments &arguments) {
    ContainerLogReader::Query query;
    query.container_id = arguments.container_id;
    query.tail = std::to_string(arguments.tail);
    return query;
  }

  void OnLogText(LogStreamKind kind, std::string_view bytes) override {
    auto &line = kind == LogStreamKind::Stdout ? out_ : error_;
    while (!bytes.empty()) {
      const auto end = bytes.find('\n');
      const auto piece = bytes.substr(0, end);
      line += piece.substr(0, kMaxLogLine - std::min(kMaxLogLine, line.size()));
      if (end == std::string_view::npos) return;
      AddLine(kind, line);
      bytes.remove_prefix(end + 1);
    }
  }
  Flow OnLogPause() override { return Flow::Go; }
  void OnLogEnd() override {
    if (!out_.empty()) AddLine(LogStreamKind::Stdout, out_);
    if (!error_.empty()) AddLine(LogStreamKind::Stderr, error_);
    JsonWriter json;
    json.BeginObject().Member("id", id_).Key("lines").Raw(lines_.End().Text()).End();
    on_done_(json.Take());
  }
  void OnLogError(std::string message) override { on_done_(Fail(std::move(message))); }

  void AddLine(LogStreamKind kind, std::string &line) {
    if (lines_.Text().size() < kMaxLog) {
      const std::string_view mark = kind == LogStreamKind::Stdout ? "stdout: " : "stderr: ";
      lines_.String(std::string(mark) + ReplaceInvalidUtf8(line));
    }
    line.clear();
  }

  const std::string id_;
  McpToolDone on_done_;
  std::string out_;  // the line that is not complete yet
  std::string error_;
  JsonWriter lines_ = std::move(JsonWriter().BeginArray());
  ContainerLogReader reader_;
};

}  // namespace

std::unique_ptr<AnswerWork> BeginListContainers(const McpToolContext &context, const McpToolArguments &,
                                                McpToolDone on_done) {
  return std::make_unique<DockerQuestion>(context, "/containers/json?all=1", "listing containers",
                                          FormatMcpContainerList, std::move(on_done));
}

std::unique_ptr<AnswerWork> BeginInspectContainer(const McpToolContext &context, const McpToolArguments &arguments,
                                                  McpToolDone on_done) {
  return std::make_unique<DockerQuestion>(context, fmt::format("/containers/{}/json", arguments.container_id),
                                          "inspecting container", FormatMcpContainer, std::move(on_done));
}

std::unique_ptr<AnswerWork> BeginContainerLogs(const McpToolContext &context, const McpToolArguments &arguments,
                                               McpToolDone on_done) {
  return std::make_unique<LogQuestion>(context, arguments, std::move(on_done));
}

std::unique_ptr<AnswerWork> BeginHostMetrics(const McpToolContext &context, const McpToolArguments &,
                                             McpToolDone on_done) {  // NOLINT(performance-unnecessary-value-param)
  // The others keep what they are told to call, and all have one form.
  on_done(FormatHostFigures(context.host, context.cpu));
  return nullptr;
}

std::unique_ptr<AnswerWork> BeginContainerStats(const McpToolContext &context, const McpToolArguments &arguments,
                                                McpToolDone on_done) {
  const auto &id = arguments.container_id;
  return std::make_unique<DockerQuestion>(
      context, fmt::format("/containers/{}/stats?stream=false&one-shot=true", id), "reading container statistics",
      [id](const JsonValue &stats) { return FormatMcpStats(stats, id); }, std::move(on_done));
}

}  // namespace lookout
