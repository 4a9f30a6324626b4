// SPDX-License-Identifier: Apache-2.0
#include "agent/SettingCodec.hxx"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/Strings.hxx"
#include "base/Utf8.hxx"

namespace lookout {

namespace {

constexpr size_t kMaxAgentId = 64;
constexpr size_t kMaxAgentName = 256;
constexpr int64_t kKibi = 1024;

bool HasControlCharacter(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

tl::unexpected<Error> NotAllowed(std::string_view text, std::string_view allowed) {
  return Fail(fmt::format("\"{}\" is not allowed: it must be {}", Printable(text, 80), allowed));
}

/** 1, 1024, ... for the suffix at the end of the text, which is taken off. */
int64_t TakeUnit(std::string_view &text) {
  constexpr std::string_view kUnits = "kmg";
  if (text.empty()) return 1;
  const auto position = kUnits.find(ToLower(text.substr(text.size() - 1)));
  if (position == std::string_view::npos) return 1;
  text.remove_suffix(1);
  return int64_t{1} << (10 * (position + 1));
}

/** The family of an address in text form, or AF_UNSPEC. */
int AddressFamily(const std::string &text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes;
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return AF_INET;
  return inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1 ? AF_INET6 : AF_UNSPEC;
}

}  // namespace

Result<std::string> TextCodec::Read(std::string_view text, NumberRange) {
  if (HasControlCharacter(text)) return Fail("holds a line break or another control character");
  return std::string(text);
}

Result<std::string> PathCodec::Read(std::string_view text, NumberRange range) {
  return TextCodec::Read(text, range);
}

Result<Secret> SecretCodec::Read(std::string_view text, NumberRange) {
  return Secret(text);
}

Result<bool> BooleanCodec::Read(std::string_view text, NumberRange range) {
  const auto word = ToLower(text);
  if (word == "1" || word == "true" || word == "yes") return true;
  if (word == "0" || word == "false" || word == "no") return false;
  return NotAllowed(text, Describe(range));
}

Result<int64_t> ReadNumber(std::string_view text, NumberRange range, std::string_view allowed) {
  const auto number = ParseInt(text);
  if (!number || *number < range.least || *number > range.most) return NotAllowed(text, allowed);
  return *number;
}

Result<std::chrono::milliseconds> SecondsCodec::Read(std::string_view text, NumberRange range) {
  return ReadNumber(text, range, Describe(range)).map([](int64_t seconds) {
    return std::chrono::milliseconds(seconds * 1000);
  });
}

std::string SecondsCodec::Show(std::chrono::milliseconds value) {
  return std::to_string(value.count() / 1000);
}

std::string SecondsCodec::Describe(NumberRange range) {
  return fmt::format("seconds, a whole number from {} to {}", range.least, range.most);
}

Result<size_t> SizeCodec::Read(std::string_view text, NumberRange range) {
  auto digits = text;
  const int64_t unit = TakeUnit(digits);
  const auto number = ParseInt(digits);
  const bool fits = number && *number >= 0 && *number <= range.most / unit && *number * unit >= range.least;
  if (!fits) return NotAllowed(text, Describe(range));
  return static_cast<size_t>(*number * unit);
}

std::string SizeCodec::Show(size_t value) {
  const auto bytes = static_cast<int64_t>(value);
  if (bytes != 0 && bytes % (kKibi * kKibi) == 0) return std::to_string(bytes / (kKibi * kKibi)) + 'M';
  if (bytes != 0 && bytes % kKibi == 0) return std::to_string(bytes / kKibi) + 'K';
  return std::to_string(bytes);
}

std::string SizeCodec::Describe(NumberRange range) {
  return fmt::format("bytes, a whole number with or without K, M or G, from {} to {}",
                     Show(static_cast<size_t>(range.least)), Show(static_cast<size_t>(range.most)));
}

Result<std::vector<std::string>> ListCodec::Read(std::string_view text, NumberRange) {
  if (HasControlCharacter(text)) return Fail("holds a line break or another control character");
  const auto parts = SplitList(text);
  return std::vector<std::string>(parts.begin(), parts.end());
}

std::string ListCodec::Show(const std::vector<std::string> &value) {
  return fmt::format("{}", fmt::join(value, ","));
}

Result<std::vector<ControllerUrl>> ControllersCodec::Read(std::string_view text, NumberRange) {
  return ParseControllerUrls(text);
}

std::string ControllersCodec::Show(const std::vector<ControllerUrl> &value) {
  std::vector<std::string> texts;
  std::transform(value.begin(), value.end(), std::back_inserter(texts), [](const auto &url) { return url.ToString(); });
  return ListCodec::Show(texts);
}

Result<std::string> ProxyUrlCodec::Read(std::string_view text, NumberRange) {
  const auto url = ParseProxyUrl(text, "the value");
  if (!url) return tl::unexpected(url.error());
  return std::string(text);
}

std::string ProxyUrlCodec::Show(const std::string &value) {
  if (value.empty()) return {};
  const auto url = ParseProxyUrl(value, "the value");
  if (!url) return "(hidden)";
  return fmt::format("http://{}{}", url->has_credentials ? "(hidden)@" : "", url->Authority());
}

Result<std::string> AddressCodec::Read(std::string_view text, NumberRange range) {
  const bool has_brackets = text.size() > 2 && text.front() == '[' && text.back() == ']';
  std::string address(has_brackets ? text.substr(1, text.size() - 2) : text);
  const int family = address.find('\0') == std::string::npos ? AddressFamily(address) : AF_UNSPEC;
  const bool fits = has_brackets ? family == AF_INET6 : family != AF_UNSPEC;
  if (!fits) return NotAllowed(text, Describe(range) + ", for example 127.0.0.1 or ::1");
  return address;
}

Result<LogLevel> LogLevelCodec::Read(std::string_view text, NumberRange range) {
  const auto level = ParseLogLevel(text);
  if (!level) return NotAllowed(text, Describe(range));
  return *level;
}

std::string LogLevelCodec::Show(LogLevel value) {
  constexpr std::array<const char *, 4> kNames = {"debug", "info", "warn", "error"};
  return kNames.at(static_cast<size_t>(value));
}

Result<LogFormat> LogFormatCodec::Read(std::string_view text, NumberRange range) {
  if (EqualsIgnoreCase(text, "text")) return LogFormat::Text;
  if (EqualsIgnoreCase(text, "json")) return LogFormat::Json;
  return NotAllowed(text, Describe(range));
}

Result<bool> SwitchCodec::Read(std::string_view text, NumberRange range) {
  if (EqualsIgnoreCase(text, "on")) return true;
  if (EqualsIgnoreCase(text, "off")) return false;
  return NotAllowed(text, Describe(range));
}

Result<Adapter> AdapterCodec::Read(std::string_view text, NumberRange range) {
  if (EqualsIgnoreCase(text, "drydock")) return Adapter::Drydock;
  if (EqualsIgnoreCase(text, "generic")) return Adapter::Generic;
  return NotAllowed(text, Describe(range));
}

Result<const Dialect *> DialectCodec::Read(std::string_view text, NumberRange range) {
  const Dialect *dialect = FindDialect(text);
  if (dialect == nullptr) return NotAllowed(text, Describe(range));
  return dialect;
}

Result<const Dialect *> MetricsPrefixCodec::Read(std::string_view text, NumberRange range) {
  for (const auto *const dialect : {&kPortwingDialect, &kLookoutDialect}) {
    if (dialect->metric_prefix == text) return dialect;
  }
  return NotAllowed(text, Describe(range));
}

Result<std::string> AgentIdCodec::Read(std::string_view text, NumberRange range) {
  const bool fits = !text.empty() && text.size() <= kMaxAgentId && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
  });
  if (!fits) return NotAllowed(text, Describe(range));
  return std::string(text);
}

Result<std::string> AgentNameCodec::Read(std::string_view text, NumberRange range) {
  if (text.size() > kMaxAgentName || !IsValidUtf8(text) || HasControlCharacter(text)) {
    return NotAllowed(text, Describe(range));
  }
  return std::string(text);
}

}  // namespace lookout
