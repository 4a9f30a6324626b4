// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <concepts>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/Config.hxx"
#include "agent/Setting.hxx"

namespace lookout {

/**
 * One codec for each kind of value. Read() takes the text as the user wrote it, never empty; its error is the end of
 * a sentence that begins with the setting's name, and never holds a secret.
 */

/** Any one line; blanks at its ends belong to it. */
struct TextCodec {
  static Result<std::string> Read(std::string_view text, NumberRange);
  static std::string Show(const std::string &value) { return value; }
  static std::string Describe(NumberRange) { return "one line of text"; }
};

struct PathCodec {
  static Result<std::string> Read(std::string_view text, NumberRange);
  static std::string Show(const std::string &value) { return value; }
  static std::string Describe(NumberRange) { return "a path"; }
};

struct SecretCodec {
  static Result<Secret> Read(std::string_view text, NumberRange);
  static std::string Show(const Secret &value) { return value.IsEmpty() ? "" : "(hidden)"; }
  static std::string Describe(NumberRange) { return "a secret"; }
};

struct BooleanCodec {
  static Result<bool> Read(std::string_view text, NumberRange);
  static std::string Show(bool value) { return value ? "true" : "false"; }
  static std::string Describe(NumberRange) { return "true, yes, 1, false, no or 0"; }
};

struct SwitchCodec {
  static Result<bool> Read(std::string_view text, NumberRange);
  static std::string Show(bool value) { return value ? "on" : "off"; }
  static std::string Describe(NumberRange) { return "on or off"; }
};

/** Shared by the kinds of numbers: nothing but digits (and a minus, to say that it is out of range). */
Result<int64_t> ReadNumber(std::string_view text, NumberRange range, std::string_view allowed);

template <std::integral T>
struct IntegerCodec {
  static Result<T> Read(std::string_view text, NumberRange range) {
    return ReadNumber(text, range, Describe(range)).map([](int64_t number) { return static_cast<T>(number); });
  }
  static std::string Show(T value) { return std::to_string(value); }
  static std::string Describe(NumberRange range) {
    return "a whole number from " + std::to_string(range.least) + " to " + std::to_string(range.most);
  }
};

struct SecondsCodec {
  static Result<std::chrono::milliseconds> Read(std::string_view text, NumberRange range);
  static std::string Show(std::chrono::milliseconds value);
  static std::string Describe(NumberRange range);
};

/** Bytes, with K, M or G for powers of 1024. */
struct SizeCodec {
  static Result<size_t> Read(std::string_view text, NumberRange range);
  static std::string Show(size_t value);
  static std::string Describe(NumberRange range);
};

struct ListCodec {
  static Result<std::vector<std::string>> Read(std::string_view text, NumberRange);
  static std::string Show(const std::vector<std::string> &value);
  static std::string Describe(NumberRange) { return "a list with commas between its parts"; }
};

struct ControllersCodec {
  static Result<std::vector<ControllerUrl>> Read(std::string_view text, NumberRange);
  static std::string Show(const std::vector<ControllerUrl> &value);
  static std::string Describe(NumberRange) { return "one or more URLs (https, http, wss, ws) with commas between"; }
};

/** An outbound proxy's URL; its password is not shown. */
struct ProxyUrlCodec {
  static Result<std::string> Read(std::string_view text, NumberRange);
  static std::string Show(const std::string &value);
  static std::string Describe(NumberRange) { return "[http://][user:password@]host[:port]"; }
};

/** An IP address, IPv6 with or without brackets; kept without. */
struct AddressCodec {
  static Result<std::string> Read(std::string_view text, NumberRange);
  static std::string Show(const std::string &value) { return value; }
  static std::string Describe(NumberRange) { return "an IPv4 or IPv6 address"; }
};

struct LogLevelCodec {
  static Result<LogLevel> Read(std::string_view text, NumberRange);
  static std::string Show(LogLevel value);
  static std::string Describe(NumberRange) { return "debug, info, warn or error"; }
};

struct LogFormatCodec {
  static Result<LogFormat> Read(std::string_view text, NumberRange);
  static std::string Show(LogFormat value) { return value == LogFormat::Json ? "json" : "text"; }
  static std::string Describe(NumberRange) { return "text or json"; }
};

struct AdapterCodec {
  static Result<Adapter> Read(std::string_view text, NumberRange);
  static std::string Show(Adapter value) { return value == Adapter::Generic ? "generic" : "drydock"; }
  static std::string Describe(NumberRange) { return "drydock or generic"; }
};

struct DialectCodec {
  static Result<const Dialect *> Read(std::string_view text, NumberRange);
  static std::string Show(const Dialect *value) { return std::string(value->protocol); }
  static std::string Describe(NumberRange) { return "portwing/1.0 or lookout/1.0"; }
};

struct MetricsPrefixCodec {
  static Result<const Dialect *> Read(std::string_view text, NumberRange);
  static std::string Show(const Dialect *value) { return std::string(value->metric_prefix); }
  static std::string Describe(NumberRange) { return "portwing_ or lookout_"; }
};

struct AgentIdCodec {
  static Result<std::string> Read(std::string_view text, NumberRange);
  static std::string Show(const std::string &value) { return value; }
  static std::string Describe(NumberRange) { return "1 to 64 letters, digits, '-' and '_'"; }
};

/** The controller takes at most 256 characters. */
struct AgentNameCodec {
  static Result<std::string> Read(std::string_view text, NumberRange);
  static std::string Show(const std::string &value) { return value; }
  static std::string Describe(NumberRange) { return "one line of at most 256 bytes of UTF-8"; }
};

}  // namespace lookout
