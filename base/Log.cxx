// SPDX-License-Identifier: Apache-2.0
#include "base/Log.hxx"

#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <ctime>

#include "base/Clock.hxx"
#include "base/JsonWriter.hxx"
#include "base/Strings.hxx"

namespace lookout {

namespace {

std::atomic<LogLevel> g_level = LogLevel::Info;
std::atomic<LogFormat> g_format = LogFormat::Text;
std::atomic<int> g_fd = 2;

constexpr std::array<std::string_view, 4> kLevelNames = {"debug", "info", "warn", "error"};
constexpr size_t kMaxText = 1024;

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
/** clang 14 does not deduce the arguments of an aggregate by itself. */
template <typename... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

std::string_view LevelName(LogLevel level) {
  return kLevelNames.at(static_cast<size_t>(level));
}

bool NeedsQuotes(std::string_view value) {
  return value.empty() || value.find_first_of(" =\"\\") != std::string_view::npos;
}

std::string TextValue(std::string_view text) {
  const std::string value = Printable(text, kMaxText);
  return NeedsQuotes(value) ? fmt::format("\"{}\"", value) : value;
}

std::string TextLine(std::string_view time, LogLevel level, std::string_view message,
                     std::initializer_list<LogField> fields) {
  std::string line = fmt::format("{} {:<5} {}", time, LevelName(level), PrintableUnquoted(message, kMaxText));
  for (const auto &field : fields) {
    line += fmt::format(" {}=", field.key);
    std::visit(Overloaded{[&](std::string_view text) { line += TextValue(text); },
                          [&](auto other) { line += fmt::format("{}", other); }},
               field.value);
  }
  return line;
}

std::string JsonLine(std::string_view time, LogLevel level, std::string_view message,
                     std::initializer_list<LogField> fields) {
  JsonWriter json;
  json.BeginObject().Member("time", time).Member("level", LevelName(level)).Member("msg", message.substr(0, kMaxText));
  for (const auto &field : fields) {
    json.Key(field.key);
    std::visit(Overloaded{[&](std::string_view text) { json.String(text.substr(0, kMaxText)); },
                          [&](auto other) { json.Raw(fmt::format("{}", other)); }},
               field.value);
  }
  return json.End().Take();
}

}  // namespace

std::optional<LogLevel> ParseLogLevel(std::string_view name) {
  const std::string lower = ToLower(name);
  if (lower == "warning") return LogLevel::Warning;
  for (size_t i = 0; i < kLevelNames.size(); ++i) {
    if (lower == kLevelNames.at(i)) return static_cast<LogLevel>(i);
  }
  return std::nullopt;
}

void ConfigureLog(LogLevel level, LogFormat format, int fd) {
  g_level = level;
  g_format = format;
  g_fd = fd;
}

bool IsLogEnabled(LogLevel level) {
  return level >= g_level;
}

void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  if (!IsLogEnabled(level)) return;
  const std::string time = FormatTimestamp(SystemClock().UnixMillis());
  std::string line =
      g_format == LogFormat::Json ? JsonLine(time, level, message, fields) : TextLine(time, level, message, fields);
  line += '\n';
  // A log that cannot be written has nobody to be told.
  [[maybe_unused]] const auto written = ::write(g_fd, line.data(), line.size());
}

std::string FormatTimestamp(int64_t unix_millis) {
  const std::chrono::milliseconds time(unix_millis);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t whole = seconds.count();
  std::tm parts{};
  if (::gmtime_r(&whole, &parts) == nullptr) return std::to_string(unix_millis);
  std::array<char, 32> buffer{};
  const size_t size = std::strftime(buffer.data(), buffer.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  return fmt::format("{}.{:03}Z", std::string_view(buffer.data(), size), (time - seconds).count());
}

}  // namespace lookout
