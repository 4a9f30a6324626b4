// SPDX-License-Identifier: Apache-2.0
#include "base/Log.hxx"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>

#include "base/JsonValue.hxx"
#include "base/UniqueFd.hxx"
#include "base/Utf8.hxx"

using namespace lookout;

namespace {

/** Sends the log to a pipe, and back to stderr at its end. */
class LogPipe {
 public:
  LogPipe(LogLevel level, LogFormat format) {
    int fds[2];
    REQUIRE(::pipe2(fds, O_CLOEXEC | O_NONBLOCK) == 0);
    read_.Reset(fds[0]);
    write_.Reset(fds[1]);
    ConfigureLog(level, format, write_.Get());
  }
  ~LogPipe() { ConfigureLog(LogLevel::Info, LogFormat::Text); }
  LogPipe(const LogPipe &) = delete;
  LogPipe &operator=(const LogPipe &) = delete;

  std::string Written() const {
    std::array<char, 65536> buffer{};
    const auto size = ::read(read_.Get(), buffer.data(), buffer.size());
    return size > 0 ? std::string(buffer.data(), static_cast<size_t>(size)) : std::string();
  }
  /** What was written, without the time stamp in front. */
  std::string Line() const {
    const std::string line = Written();
    REQUIRE(line.size() > 25);
    CHECK(line[10] == 'T');
    CHECK(line[23] == 'Z');
    return line.substr(25);
  }

 private:
  UniqueFd read_;
  UniqueFd write_;
};

}  // namespace

TEST_CASE("Log: text lines show level, message and fields", "[log]") {
  const LogPipe pipe(LogLevel::Info, LogFormat::Text);
  LogInfo("connected",
          {{"to", "wss://c.example"}, {"try", 3}, {"bytes", uint64_t{18446744073709551615U}}, {"tls", true}});
  CHECK(pipe.Line() == "info  connected to=wss://c.example try=3 bytes=18446744073709551615 tls=true\n");
  LogError("no key");
  CHECK(pipe.Line() == "error no key\n");
}

TEST_CASE("Log: text values are quoted where a reader would be misled", "[log]") {
  const LogPipe pipe(LogLevel::Info, LogFormat::Text);
  LogWarning("x", {{"a", ""}, {"b", "two words"}, {"c", "k=v"}, {"d", "say \"hi\""}, {"e", "back\\slash"}});
  CHECK(pipe.Line() == R"(warn  x a="" b="two words" c="k=v" d="say \"hi\"" e="back\\slash")"
                       "\n");
}

TEST_CASE("Log: a peer's text cannot forge lines or drive the terminal", "[log]") {
  const LogPipe pipe(LogLevel::Info, LogFormat::Text);
  LogInfo("bad\nname",
          {{"id", std::string_view("a\r\n2026 error fake\x1b[31m\0\x7f", 24)}, {"c1", "\xc2\x9b"}, {"raw", "\x9b"}});
  CHECK(pipe.Line() == R"(info  bad\nname id="a\r\n2026 error fake\x1b[31m\x00" c1="\xc2\x9b" raw="\x9b")"
                       "\n");
}

TEST_CASE("Log: messages keep their quotes", "[log]") {
  const LogPipe pipe(LogLevel::Info, LogFormat::Text);
  LogInfo("cannot read \"/x\"");
  CHECK(pipe.Line() == "info  cannot read \"/x\"\n");
}

TEST_CASE("Log: JSON lines are one valid object each", "[log]") {
  const LogPipe pipe(LogLevel::Debug, LogFormat::Json);
  LogDebug("a \"b\"\n", {{"text", "x\xff\n"}, {"number", -7}, {"on", false}});
  const std::string line = pipe.Written();
  CHECK(line.ends_with("}\n"));
  CHECK(std::count(line.begin(), line.end(), '\n') == 1);
  const auto value = ParseJson(line);
  REQUIRE(value);
  CHECK((*value)["level"].AsString() == "debug");
  CHECK((*value)["msg"].AsString() == "a \"b\"\n");
  CHECK((*value)["text"].AsString() == "x\xef\xbf\xbd\n");
  CHECK((*value)["number"].AsInt() == -7);
  CHECK((*value)["on"].AsBool() == false);
  CHECK((*value)["time"].AsString().size() == 24);
}

TEST_CASE("Log: the level decides what is written", "[log]") {
  const LogPipe pipe(LogLevel::Warning, LogFormat::Text);
  LogDebug("no");
  LogInfo("no");
  CHECK(pipe.Written().empty());
  CHECK_FALSE(IsLogEnabled(LogLevel::Info));
  CHECK(IsLogEnabled(LogLevel::Warning));
  LogWarning("yes");
  CHECK_FALSE(pipe.Written().empty());
}

TEST_CASE("Log: long texts are cut, between characters", "[log]") {
  const auto format = GENERATE(LogFormat::Text, LogFormat::Json);
  const LogPipe pipe(LogLevel::Info, format);
  std::string text = "x";
  while (text.size() < 3000) text += "\xc3\xa9";
  LogInfo(text, {{"field", text}});
  const std::string line = pipe.Written();
  CHECK(line.size() < 2300);
  CHECK(line.size() > 2048);
  CHECK(IsValidUtf8(line));
}

TEST_CASE("Log: level names", "[log]") {
  CHECK(ParseLogLevel("debug") == LogLevel::Debug);
  CHECK(ParseLogLevel("INFO") == LogLevel::Info);
  CHECK(ParseLogLevel("warn") == LogLevel::Warning);
  CHECK(ParseLogLevel("Warning") == LogLevel::Warning);
  CHECK(ParseLogLevel("error") == LogLevel::Error);
  CHECK_FALSE(ParseLogLevel("verbose"));
  CHECK_FALSE(ParseLogLevel(""));
}

TEST_CASE("Log: time stamps", "[log]") {
  CHECK(FormatTimestamp(0) == "1970-01-01T00:00:00.000Z");
  CHECK(FormatTimestamp(1'795'508'100'123) == "2026-11-24T08:15:00.123Z");
  CHECK(FormatTimestamp(-1) == "1969-12-31T23:59:59.999Z");
  CHECK(FormatTimestamp(951'782'400'000) == "2000-02-29T00:00:00.000Z");
  CHECK(FormatTimestamp(INT64_MAX) == "292278994-08-17T07:12:55.807Z");
}
