// SPDX-License-Identifier: Apache-2.0
#include <curl/curl.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/IsoDate.hxx"
#include "base/Utf8.hxx"
#include "proxy/ResponseWriter.hxx"
#include "tests/fuzz/Require.hxx"
#include "tunnel/HttpDate.hxx"
#include "tunnel/UpgradeAnswer.hxx"

using namespace lookout;

namespace {

constexpr int64_t kNow = 1'749'600'000;

/** libcurl reads dates in its own way, and takes more of them. */
void CheckDate(const std::string &text) {
  const auto date = ParseHttpDate(text);
  if (!date) return;
  const auto written = FormatHttpDate(*date);
  Require(ParseHttpDate(written) == *date, "a date survives being written");
  if (written == text && *date >= 0) Require(curl_getdate(text.c_str(), nullptr) == *date, "libcurl reads the same");
}

void CheckIsoDate(const std::string &text) {
  const auto date = UsableDate(text);
  Require(date.empty() || date == text, "a date is passed on as it is");
  if (date.empty()) return;
  const auto month = std::stoi(date.substr(5, 2));
  const auto day = std::stoi(date.substr(8, 2));
  Require(month >= 1 && month <= 12 && day >= 1 && day <= 31, "a date that is passed on is in the calendar");
  Require(std::stoi(date.substr(11, 2)) < 24 && std::stoi(date.substr(14, 2)) < 60, "and its time on the clock");
}

}  // namespace

/** The first line is a date, or how long to wait; the rest is where a redirect leads. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const std::string text(reinterpret_cast<const char *>(data), size);
  const std::string first = text.substr(0, text.find('\n'));
  CheckDate(first);
  CheckIsoDate(first);
  const auto wait = ParseRetryAfter(first, kNow);
  Require(!wait || *wait >= 0, "nobody is asked to wait a negative time");
  UpgradeAnswer answer;
  answer.location = text.substr(std::min(first.size() + 1, text.size()));
  for (const int status : {0, 200, 301, 401, 404, 426, 429, 503}) {
    answer.status = status;
    const auto message = DescribeFailedUpgrade(answer, "hub:443", "/api", "HS: no text");
    Require(!message.empty() && IsValidUtf8(message), "a failure has words");
    Require(message.find_first_of(std::string_view("\0\r\n\x1b", 4)) == std::string::npos, "on one line of a log");
  }
  return 0;
}
