// SPDX-License-Identifier: Apache-2.0
#include "proxy/AuditLog.hxx"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>

#include "base/Log.hxx"
#include "tests/support/FakeClock.hxx"
#include "tests/support/RunLoop.hxx"
#include "tests/support/TempDir.hxx"

using namespace lookout;

namespace {

size_t CountLines(const std::string &text) {
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

AuditRecord MakeRecord(std::string path) {
  AuditRecord record;
  record.event = "api_request";
  record.path = std::move(path);
  record.outcome = "allowed";
  record.status = 200;
  return record;
}

/** Keeps what is logged in a file. */
class LogCapture {
 public:
  explicit LogCapture(const std::string &path)
      : path_(path), fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
    ConfigureLog(LogLevel::Info, LogFormat::Text, fd_.Get());
  }
  ~LogCapture() { ConfigureLog(LogLevel::Info, LogFormat::Text); }
  LogCapture(const LogCapture &) = delete;
  LogCapture &operator=(const LogCapture &) = delete;
  std::string Text() const { return ReadFile(path_); }

 private:
  std::string path_;
  UniqueFd fd_;
};

struct AuditFixture {
  TempDir directory;
  FakeClock clock;
  EventLoop loop{clock};
  std::string path = directory.Join("audit.log");

  bool RunUntilLines(size_t lines, const std::string &of) {
    return RunUntil(loop, [&] { return std::filesystem::exists(of) && CountLines(ReadFile(of)) == lines; });
  }
};

}  // namespace

TEST_CASE("AuditLog: a record is one line of JSON", "[proxy]") {
  AuditFixture fixture;
  AuditLog log(fixture.loop, fixture.path);
  CHECK(log.IsEnabled());
  AuditRecord record;
  record.unix_millis = 1'749'600'000'000;
  record.event = "exec_start";
  record.actor = "192.0.2.1";
  record.auth_method = "signature";
  record.key_id = "453eb1222a9a1412";
  record.certificate = "CN=deploy";
  record.request_id = "r1";
  record.method = "POST";
  record.path = "/exec/e/start?x";
  record.outcome = "denied";
  record.reason = "policy";
  record.status = 403;
  record.duration_ms = 12;
  record.container = "web";
  record.exec_id = "e";
  log.Write(record);
  REQUIRE(fixture.RunUntilLines(1, fixture.path));
  CHECK(ReadFile(fixture.path) ==
        R"({"time":"2025-06-11T00:00:00.000Z","level":"INFO","msg":"","event":"exec_start","actor":"192.0.2.1",)"
        R"("method":"POST","path":"/exec/e/start?x","outcome":"denied","status":403,"duration_ms":12,)"
        R"("container":"web","exec_id":"e","key_id":"453eb1222a9a1412","auth_method":"signature",)"
        R"("certificate":"CN=deploy","reason":"policy","request_id":"r1"})"
        "\n");
  struct stat info {};
  REQUIRE(::stat(fixture.path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("AuditLog: values cannot look like other lines", "[proxy]") {
  AuditFixture fixture;
  AuditLog log(fixture.loop, fixture.path);
  log.Write(MakeRecord("/a\r\n{\"event\":\"forged\"}\xff"));
  REQUIRE(fixture.RunUntilLines(1, fixture.path));
  const std::string text = ReadFile(fixture.path);
  CHECK(text.find(R"("path":"/a\\r\\n{\"event\":\"forged\"})") != std::string::npos);
}

TEST_CASE("AuditLog: records keep their order and are appended to what is there", "[proxy]") {
  AuditFixture fixture;
  std::ofstream(fixture.path) << "old\n";
  {
    AuditLog log(fixture.loop, fixture.path);
    for (int i = 0; i < 500; ++i) {
      log.Write(MakeRecord("/" + std::to_string(i) + "/"));
      if (i % 50 == 0) fixture.loop.RunOnce(Duration::zero());
    }
    CHECK(log.Lost() == 0);
  }
  const std::string text = ReadFile(fixture.path);
  CHECK(CountLines(text) == 501);
  CHECK(text.starts_with("old\n"));
  size_t at = 0;
  for (int i = 0; i < 500; ++i) {
    at = text.find("/" + std::to_string(i) + "/", at);
    REQUIRE(at != std::string::npos);
  }
}

TEST_CASE("AuditLog: without a target nothing happens", "[proxy]") {
  AuditFixture fixture;
  AuditLog log(fixture.loop, "");
  CHECK_FALSE(log.IsEnabled());
  log.Write(MakeRecord("/x"));
  log.Reopen();
  CHECK(log.Lost() == 0);
}

TEST_CASE("AuditLog: a target that cannot be opened is an error at start", "[proxy]") {
  AuditFixture fixture;
  CHECK_THROWS_WITH(
      AuditLog(fixture.loop, fixture.directory.Join("no/such")),
      "cannot open the audit log " + fixture.directory.Join("no/such") + " (AUDIT_LOG): No such file or directory");
}

TEST_CASE("AuditLog: reopen follows a rotation", "[proxy]") {
  AuditFixture fixture;
  AuditLog log(fixture.loop, fixture.path);
  log.Write(MakeRecord("/1"));
  REQUIRE(fixture.RunUntilLines(1, fixture.path));
  const std::string rotated = fixture.path + ".1";
  std::filesystem::rename(fixture.path, rotated);
  log.Write(MakeRecord("/2"));
  REQUIRE(fixture.RunUntilLines(2, rotated));
  log.Reopen();
  log.Write(MakeRecord("/3"));
  REQUIRE(fixture.RunUntilLines(1, fixture.path));
  CHECK(CountLines(ReadFile(rotated)) == 2);
}

TEST_CASE("AuditLog: when it cannot be reopened the old file stays in use", "[proxy]") {
  AuditFixture fixture;
  const std::string folder = fixture.directory.Join("logs");
  std::filesystem::create_directory(folder);
  const std::string moved = fixture.directory.Join("moved");
  const LogCapture captured(fixture.directory.Join("log"));
  AuditLog log(fixture.loop, folder + "/audit");
  std::filesystem::rename(folder, moved);
  log.Reopen();
  log.Write(MakeRecord("/1"));
  REQUIRE(fixture.RunUntilLines(1, moved + "/audit"));
  REQUIRE(RunUntil(fixture.loop, [&] { return !captured.Text().empty(); }));
  CHECK(captured.Text().find("cannot reopen the audit log") != std::string::npos);
}

TEST_CASE("AuditLog: a full disk is reported once, and the agent goes on", "[proxy]") {
  AuditFixture fixture;
  const LogCapture captured(fixture.directory.Join("log"));
  AuditLog log(fixture.loop, "/dev/full");
  for (uint64_t i = 1; i <= 5; ++i) {
    log.Write(MakeRecord("/x"));
    REQUIRE(RunUntil(fixture.loop, [&] { return log.Lost() == i; }));
  }
  CHECK(CountLines(captured.Text()) == 1);
  CHECK(captured.Text().find("No space left on device") != std::string::npos);
}

TEST_CASE("AuditLog: a target that hangs neither blocks the loop nor grows memory", "[proxy]") {
  AuditFixture fixture;
  REQUIRE(::mkfifo(fixture.path.c_str(), 0600) == 0);
  UniqueFd reader(::open(fixture.path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  const LogCapture captured(fixture.directory.Join("log"));
  const auto start = std::chrono::steady_clock::now();
  std::optional<AuditLog> log(std::in_place, fixture.loop, fixture.path);
  for (int i = 0; i < 10'000; ++i) {
    log->Write(MakeRecord("/" + std::string(100, 'x')));
    if (i % 100 == 0) fixture.loop.RunOnce(Duration::zero());
  }
  CHECK(log->Lost() > 5'000);
  CHECK(captured.Text().find("audit records are lost") != std::string::npos);
  SECTION("and the end waits half a second at most") {
    log.reset();
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(3));
  }
  SECTION("and once it is read again, writing goes on") {
    std::array<char, 65536> buffer{};
    REQUIRE(RunUntil(fixture.loop, [&] {
      while (::read(reader.Get(), buffer.data(), buffer.size()) > 0) {
      }
      return captured.Text().find("can be written again") != std::string::npos;
    }));
    // The queue that has built up may still be on its way.
    CHECK(RunUntil(fixture.loop, [&] {
      while (::read(reader.Get(), buffer.data(), buffer.size()) > 0) {
      }
      const uint64_t lost = log->Lost();
      log->Write(MakeRecord("/x"));
      return log->Lost() == lost;
    }));
  }
  // Lets the thread out of its write, so that it ends with the test.
  reader.Reset();
}
