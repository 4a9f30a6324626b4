// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/HeadReader.hxx"
#include "proxy/HttpParser.hxx"
#include "proxy/ResponseHeadReader.hxx"
#include "tests/fuzz/Require.hxx"

using namespace lookout;

namespace {

std::string Written(const HeaderList &headers) {
  std::string text;
  for (const auto &[name, value] : headers) text.append(name).append(": ").append(value).append("\n");
  return text;
}

/** Where both readers take it, they read the same head. */
void CheckAgainstParser(std::string_view text, const ResponseHead &head) {
  HeadReader reader;
  (void)reader.Push(text);
  if (reader.GetState() != HeadReader::State::Done) return;
  auto other = ParseResponse(reader.Text());
  // Interim answers are passed over by one, and are the answer for the other.
  if (!other || other->head.status < 200) return;
  StripHopByHop(other->head.headers);
  Require(other->head.status == head.status, "both readers see one status");
  Require(Written(other->head.headers) == Written(head.headers), "both readers see the same fields");
}

}  // namespace

/** The lines of an engine's answer, as libcurl hands them out. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const std::string_view text(reinterpret_cast<const char *>(data), size);
  ResponseHeadReader reader;
  ResponseHead head;
  for (std::string_view rest = text; !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n') == std::string_view::npos ? rest.size() : rest.find('\n') + 1);
    rest.remove_prefix(line.size());
    const bool was_complete = reader.IsComplete();
    const auto step = reader.Feed(line);
    if (!step) {
      Require(!step.error().message.empty(), "a refusal has words");
      return 0;
    }
    Require(*step == (reader.IsComplete() && !was_complete), "a head is completed once");
    if (!*step) continue;
    head = reader.Take();
    Require(head.status >= 200 && head.status != 101, "a final head has a final status");
    CheckAgainstParser(text.substr(0, text.size() - rest.size()), head);
  }
  for (const auto &fields : {head.headers, reader.TakeTrailers()}) {
    for (const auto &[name, value] : fields) {
      Require(IsValidHeaderName(name) && IsValidHeaderValue(value), "fields can be written again");
    }
    Require(!fields.Has("Connection") && !fields.Has("Transfer-Encoding"), "hop-by-hop fields are left out");
  }
  return 0;
}
