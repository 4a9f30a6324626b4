// SPDX-License-Identifier: Apache-2.0
#include <curl/curl.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/Strings.hxx"
#include "proxy/AgentPath.hxx"
#include "proxy/HttpHead.hxx"
#include "proxy/RoutePattern.hxx"
#include "proxy/TargetQuery.hxx"
#include "tests/fuzz/Require.hxx"

using namespace lookout;

namespace {

std::string DecodeByCurl(std::string_view text) {
  int size = 0;
  char *const bytes = curl_easy_unescape(nullptr, text.data(), static_cast<int>(text.size()), &size);
  std::string copy(bytes, static_cast<size_t>(size));
  curl_free(bytes);
  return copy;
}

void CheckEscapes(std::string_view text) {
  const auto decoded = PercentDecode(text);
  // libcurl leaves a malformed escape as it stands; here it is refused.
  if (decoded && !text.empty()) Require(*decoded == DecodeByCurl(text), "escapes are decoded as libcurl does");
  Require(PercentDecode(PercentEncode(text)) == text, "bytes survive being escaped");
}

void CheckPath(std::string_view path) {
  const auto stripped = StripApiVersion(path);
  Require(path.ends_with(stripped), "a version stands in front");
  if (const auto own = AgentPath(path)) Require(path.ends_with(*own) && own->starts_with('/'), "a prefix is cut off");
  static const RoutePattern kPattern("/api/containers/{id}/logs");
  const auto arguments = kPattern.Match(path);
  if (!arguments) return;
  Require(arguments->size() == 1 && !arguments->front().empty(), "each place takes one segment");
  Require(arguments->front().find('/') == std::string_view::npos, "and no more than one");
  Require("/api/containers/" + std::string(arguments->front()) + "/logs" == path, "as it was written");
}

}  // namespace

/** The input is a target, or a part of one. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const std::string text(reinterpret_cast<const char *>(data), size);
  CheckEscapes(text);
  const RequestHead head{"GET", text, {}};
  CheckPath(head.Path());
  if (IsValidTarget(text)) {
    Require(text.find_first_of(std::string_view("\0\r\n #", 5)) == std::string::npos, "a target is one word");
  }
  const std::string value = text + "=&%+";
  const std::string query = "a=1&" + PercentEncode(text) + "=" + PercentEncode(value);
  if (!text.empty() && text != "a") Require(FindQueryParameter(query, text) == value, "what is put in is found");
  (void)FindQueryParameter(head.Query(), "limit");
  return 0;
}
