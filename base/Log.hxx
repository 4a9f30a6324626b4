// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace lookout {

enum class LogLevel { Debug, Info, Warning, Error };
enum class LogFormat { Text, Json };

/** "debug", "info", "warn" or "warning", "error", in any case; else nullopt. */
std::optional<LogLevel> ParseLogLevel(std::string_view name);

/**
 * One key=value of a log line. The value may hold anything: it is escaped when written. It only refers to the
 * caller's text, so that a line which is not written costs nothing: make it in the call of Log() and nowhere else.
 */
struct LogField {
  LogField(std::string_view name, std::string_view text) : key(name), value(text) {}
  LogField(std::string_view name, const char *text) : LogField(name, std::string_view(text)) {}
  LogField(std::string_view name, const std::string &text) : LogField(name, std::string_view(text)) {}
  LogField(std::string_view name, bool truth) : key(name), value(truth) {}
  LogField(std::string_view name, std::signed_integral auto number) : key(name), value(int64_t{number}) {}
  LogField(std::string_view name, std::unsigned_integral auto number) : key(name), value(uint64_t{number}) {}

  std::string_view key;
  std::variant<std::string_view, bool, int64_t, uint64_t> value;
};

/**
 * Sets level, format and destination for the whole process; the default is info, text, stderr.
 *
 * Meaning of the levels: error: something the user asked for does not work until somebody acts; warning: it
 * was refused or will be retried; info: life-cycle events, a few per hour; debug: one line per message.
 * Library folders log at debug only; the owner of an outcome logs it once.
 */
void ConfigureLog(LogLevel level, LogFormat format, int fd = 2);
bool IsLogEnabled(LogLevel level);

/** Writes one line with one write(2), each text cut at 1024 bytes; safe from any thread. */
void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});

inline void LogDebug(std::string_view message, std::initializer_list<LogField> fields = {}) {
  if (IsLogEnabled(LogLevel::Debug)) Log(LogLevel::Debug, message, fields);
}
inline void LogInfo(std::string_view message, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::Info, message, fields);
}
inline void LogWarning(std::string_view message, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::Warning, message, fields);
}
inline void LogError(std::string_view message, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::Error, message, fields);
}

/** "2026-11-24T08:15:00.123Z" for milliseconds since 1970; for a year out of the calendar's range the number itself. */
std::string FormatTimestamp(int64_t unix_millis);

}  // namespace lookout
