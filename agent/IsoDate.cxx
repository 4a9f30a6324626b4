// SPDX-License-Identifier: Apache-2.0
#include "agent/IsoDate.hxx"

#include <algorithm>
#include <array>
#include <ctime>

#include "base/Strings.hxx"

namespace lookout {

namespace {

constexpr std::string_view kDateTime = "dddd-dd-ddTdd:dd:dd";
constexpr size_t kMaxDate = 64;

/** In the pattern 'd' stands for a digit, anything else for itself. */
bool Matches(std::string_view text, std::string_view pattern) {
  return std::equal(text.begin(), text.end(), pattern.begin(), pattern.end(),
                    [](char c, char p) { return p == 'd' ? IsDigit(c) : c == p; });
}

bool IsZone(std::string_view text) {
  return text == "Z" || Matches(text, "+dd:dd") || Matches(text, "-dd:dd");
}

}  // namespace

std::string UsableDate(std::string_view text) {
  if (text.size() > kMaxDate || text.starts_with("0001-")) return "";
  if (!Matches(text.substr(0, kDateTime.size()), kDateTime)) return "";
  std::string_view rest = text.substr(kDateTime.size());
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    const size_t digits = static_cast<size_t>(std::find_if_not(rest.begin(), rest.end(), IsDigit) - rest.begin());
    if (digits == 0) return "";
    rest.remove_prefix(digits);
  }
  return IsZone(rest) ? std::string(text) : "";
}

std::string FormatIsoTime(int64_t unix_seconds) {
  const std::time_t seconds = unix_seconds;
  std::tm parts{};
  if (::gmtime_r(&seconds, &parts) == nullptr) return {};
  std::array<char, 32> buffer{};
  return {buffer.data(), std::strftime(buffer.data(), buffer.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

}  // namespace lookout
