// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/JsonText.hxx"
#include "base/JsonValue.hxx"
#include "base/Strings.hxx"
#include "base/Utf8.hxx"

using namespace lookout;

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

/** Cut anywhere, a valid text divides into a valid part and the tail that is carried over. */
void CheckCut(std::string_view valid, size_t at) {
  const std::string_view part = valid.substr(0, at);
  const size_t tail = IncompleteUtf8Tail(part);
  Require(tail <= 3 && ValidUtf8Prefix(part) == at - tail && IsValidUtf8(valid.substr(at - tail)));
}

}  // namespace

/** The helpers agree with each other, and with RapidJSON's own check, on any bytes. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const std::string_view text(reinterpret_cast<const char *>(data), size);
  const std::string clean = ReplaceInvalidUtf8(text);
  Require(IsValidUtf8(clean) && IsValidUtf8(Printable(text, 40)));
  Require(IsValidUtf8(text) == (clean == text));

  std::string json;
  AppendJsonString(json, text);
  Require(JsonStringSize(text) == json.size());
  const auto value = ParseJson(json);
  Require(value && value->AsString() == clean);

  for (size_t at = 0; at <= clean.size() && at < 64; ++at) CheckCut(clean, at);
  return 0;
}
