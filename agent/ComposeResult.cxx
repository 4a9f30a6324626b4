// SPDX-License-Identifier: Apache-2.0
#include "agent/ComposeResult.hxx"

#include <fmt/core.h>

#include "base/JsonWriter.hxx"
#include "base/Utf8.hxx"

namespace lookout {

std::string FormatComposeResult(const ComposeResult &result) {
  JsonWriter json;
  json.BeginObject().Key("success").Bool(result.success).Member("output", ReplaceInvalidUtf8(result.output));
  json.OptionalMember("error", result.error).End();
  return json.Take() + "\n";
}

void ComposeOutput::Add(bool is_error_stream, std::string_view bytes) {
  const auto kept = bytes.substr(0, kLimit - standard_.size() - error_.size());
  (is_error_stream ? error_ : standard_) += kept;
  lost_ += bytes.size() - kept.size();
}

std::string ComposeOutput::Take() {
  std::string text = std::move(standard_);
  if (!text.empty() && !error_.empty() && !text.ends_with('\n')) text += '\n';
  text += error_;
  if (lost_ > 0) text += fmt::format("\n[output truncated: {} more bytes]\n", lost_);
  return text;
}

}  // namespace lookout
