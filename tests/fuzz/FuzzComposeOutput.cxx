// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/ComposeProgress.hxx"
#include "agent/ComposeResult.hxx"
#include "base/JsonValue.hxx"
#include "base/Utf8.hxx"
#include "tests/fuzz/Require.hxx"
#include "tests/support/FakeClock.hxx"
#include "tests/support/RecordingSink.hxx"

using namespace lookout;

namespace {

/** A tool's output as the progress of an operation, in pieces of this size. */
std::string Told(std::string_view output, size_t piece) {
  const FakeClock clock;
  EventLoop loop(clock);
  RecordingSink sink;
  ComposeProgress progress(loop, sink);
  for (size_t at = 0; at < output.size(); at += piece) progress.Add(false, output.substr(at, piece));
  progress.End({true, "", ""});
  loop.RunDeferred();
  Require(sink.ended, "progress ends");
  return sink.body;
}

/** The lines of it put together again. */
std::string Joined(std::string_view told) {
  std::string text;
  while (!told.empty()) {
    const auto end = told.find('\n');
    const auto line = ParseJson(told.substr(0, end));
    Require(line.has_value() && line->IsObject(), "each line is an object");
    told.remove_prefix(end + 1);
    const auto &part = (*line)["text"];
    Require(part.IsString() != (*line)["success"].AsBool().has_value(), "and is either output or the end");
    if (part.IsString()) text += part.AsString() + "\n";
  }
  return text;
}

}  // namespace

/** Whatever a compose tool writes, however it is cut: nothing is lost, and what is told is JSON. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  const std::string_view output(reinterpret_cast<const char *>(data) + 1, size - 1);
  const std::string told = Told(output, output.size() + 1);
  Require(Told(output, data[0] + size_t{1}) == told, "how the output is cut makes no difference");
  if (IsValidUtf8(output) && size < ComposeProgress::kMaxLine) {
    std::string whole(output);
    if (!whole.empty() && !whole.ends_with('\n')) whole += '\n';
    Require(Joined(told) == whole, "all of it is told");
  }
  ComposeOutput collected;
  collected.Add(false, output);
  const auto result = ParseJson(FormatComposeResult({true, collected.Take(), ""}));
  Require(result && (*result)["output"].AsString() == ReplaceInvalidUtf8(output), "and all of it is in the result");
  return 0;
}
