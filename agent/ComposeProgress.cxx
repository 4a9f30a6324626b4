// SPDX-License-Identifier: Apache-2.0
#include "agent/ComposeProgress.hxx"

#include <algorithm>
#include <utility>

#include "base/JsonWriter.hxx"
#include "base/Utf8.hxx"

namespace lookout {

Flow ComposeProgress::Add(bool is_error_stream, std::string_view bytes) {
  auto &partial = partial_.at(is_error_stream ? 1 : 0);
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto room = kMaxLine - partial.size();
    partial += bytes.substr(0, std::min(end, room));
    const bool is_complete = end != std::string_view::npos && end <= room;
    bytes.remove_prefix(std::min(bytes.size(), is_complete ? end + 1 : room));
    if (!is_complete && partial.size() < kMaxLine) break;
    SendLine(is_error_stream, partial);
    partial.clear();
  }
  return waits_ ? Flow::Wait : Flow::Go;
}

void ComposeProgress::SendLine(bool is_error_stream, std::string_view text) {
  JsonWriter json;
  json.BeginObject().Member("stream", is_error_stream ? "stderr" : "stdout");
  json.Member("text", ReplaceInvalidUtf8(text)).End();
  Send(json.Take() + "\n");
}

void ComposeProgress::Send(const std::string &line) {
  if (!begun_) {
    begun_ = true;
    sink_.OnHead({200, "", {{"Content-Type", "application/x-ndjson"}, {"Cache-Control", "no-store"}}});
  }
  waits_ = sink_.OnData(line) == Flow::Wait;
}

void ComposeProgress::End(const ComposeResult &result) {
  JsonWriter json;
  json.BeginObject().Key("success").Bool(result.success).OptionalMember("error", result.error).End();
  last_line_ = json.Take() + "\n";
  if (!waits_) end_.Schedule();
}

void ComposeProgress::Resume() {
  waits_ = false;
  if (last_line_) end_.Schedule();
}

void ComposeProgress::SendEnd() {
  for (const bool is_error_stream : {false, true}) {
    auto &partial = partial_.at(is_error_stream ? 1 : 0);
    if (!partial.empty()) SendLine(is_error_stream, partial);
  }
  Send(*std::exchange(last_line_, std::nullopt));
  sink_.OnEnd();
}

}  // namespace lookout
