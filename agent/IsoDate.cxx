// SPDX-License-Identifier: Apache-2.0
#include "agent/IsoDate.hxx"

#include <algorithm>
#include <array>
#include <chrono>
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

unsigned Number(std::string_view digits) {
  return static_cast<unsigned>(ParseInt(digits).value_or(0));
}

/** `text` matches kDateTime. */
bool IsInCalendar(std::string_view text) {
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(Number(text.substr(0, 4)))),
                                         std::chrono::month(Number(text.substr(5, 2))),
                                         std::chrono::day(Number(text.substr(8, 2)))};
  return date.ok() && Number(text.substr(11, 2)) < 24 && Number(text.substr(14, 2)) < 60 &&
         Number(text.substr(17, 2)) < 60;
}

bool IsZone(std::string_view text) {
  if (text == "Z") return true;
  if (!Matches(text, "+dd:dd") && !Matches(text, "-dd:dd")) return false;
  return Number(text.substr(1, 2)) < 24 && Number(text.substr(4, 2)) < 60;
}

}  // namespace

std::string UsableDate(std::string_view text) {
  if (text.size() > kMaxDate || text.starts_with("0001-")) return "";
  const auto date_time = text.substr(0, kDateTime.size());
  if (!Matches(date_time, kDateTime) || !IsInCalendar(date_time)) return "";
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
