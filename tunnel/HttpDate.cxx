// SPDX-License-Identifier: Apache-2.0
#include "tunnel/HttpDate.hxx"

#include <algorithm>
#include <ctime>

#include "base/Strings.hxx"

namespace lookout {

std::optional<int64_t> ParseHttpDate(const std::string &text) {
  std::tm parts{};
  const char *const end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end != text.c_str() + text.size()) return std::nullopt;
  return ::timegm(&parts);
}

std::optional<int64_t> ParseRetryAfter(const std::string &text, int64_t now_unix) {
  if (const auto seconds = ParseInt(text)) return *seconds >= 0 ? seconds : std::nullopt;
  const auto date = ParseHttpDate(text);
  if (!date) return std::nullopt;
  return std::max<int64_t>(*date - now_unix, 0);
}

}  // namespace lookout
