// SPDX-License-Identifier: Apache-2.0
#include <pty.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "auth/Argon2.hxx"
#include "base/Strings.hxx"
#include "base/UniqueFd.hxx"
#include "tests/agent/LookoutProgram.hxx"

using namespace lookout;
using Catch::Contains;

namespace {

/** `lookout hash-token` on a terminal of its own. */
class OnTerminal {
 public:
  OnTerminal() {
    const char *const program = std::getenv("LOOKOUT");
    REQUIRE(program != nullptr);
    int terminal = -1;
    child_ = ::forkpty(&terminal, nullptr, nullptr, nullptr);
    if (child_ == 0) {
      ::execl(program, "lookout", "hash-token", nullptr);
      ::_exit(127);
    }
    terminal_.Reset(terminal);
  }

  /** All that was shown up to that text, or to the end. */
  std::string ReadUntil(std::string_view mark) {
    std::string shown;
    std::array<char, 1024> buffer;
    while (shown.find(mark) == std::string::npos) {
      const auto count = ::read(terminal_.Get(), buffer.data(), buffer.size());
      if (count <= 0) break;
      shown.append(buffer.data(), static_cast<size_t>(count));
    }
    return shown;
  }
  void Type(std::string_view text) {
    REQUIRE(::write(terminal_.Get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  bool IsShowingInput() const {
    termios settings{};
    REQUIRE(::tcgetattr(terminal_.Get(), &settings) == 0);
    return (settings.c_lflag & ECHO) != 0;
  }
  /** As wait(2) gives it. */
  int WaitForEnd() {
    int status = 0;
    ::waitpid(child_, &status, 0);
    return status;
  }

 private:
  pid_t child_;
  UniqueFd terminal_;
};

PhcString ParseOutput(const std::string &out) {
  REQUIRE(out.ends_with('\n'));
  return PhcString::Parse(out.substr(0, out.size() - 1)).value();
}

}  // namespace

TEST_CASE("hash-token: prints the hash of one trimmed line and nothing else", "[cli]") {
  const TempDir directory;
  const auto *input = GENERATE("t0ken", "t0ken\n", " \tt0ken \r\n", "t0ken\nsecond line\n");
  directory.Write("in", input);
  const auto made = RunLookout(directory, "hash-token <in");
  CHECK(made.exit_code == 0);
  CHECK(made.err.empty());
  CHECK(VerifyTokenHash(ParseOutput(made.out), "t0ken"));
}

TEST_CASE("hash-token: without a token, or with too much of one, it fails", "[cli]") {
  const TempDir directory;
  const auto [input, reason] = GENERATE(table<std::string, std::string>({
      {"", "no token"},
      {"\n", "no token"},
      {" \t\r\n", "no token"},
      {"\nt0ken\n", "no token"},
      {std::string(64 * 1024 + 1, 'a'), "up to 65536 bytes"},
      {std::string(200 * 1024, 'a') + '\n', "up to 65536 bytes"},
  }));
  directory.Write("in", input);
  const auto failed = RunLookout(directory, "hash-token <in");
  CHECK(failed.exit_code == 1);
  CHECK(failed.out.empty());
  CHECK_THAT(failed.err, Contains("lookout hash-token: ") && Contains(reason));
}

TEST_CASE("hash-token: takes the longest token, in pieces too", "[cli]") {
  const TempDir directory;
  const std::string token(64 * 1024, 'a');
  directory.Write("in", token + '\n');
  REQUIRE(::mkfifo(directory.Join("pipe").c_str(), 0600) == 0);
  const auto *arguments =
      GENERATE("hash-token <in", "hash-token <pipe & ( head -c 9 in; sleep 0.1; tail -c +10 in ) >pipe; wait $!");
  const auto made = RunLookout(directory, arguments);
  CHECK(VerifyTokenHash(ParseOutput(made.out), token));
}

TEST_CASE("hash-token: an input or output that does not work is an error", "[cli]") {
  const TempDir directory;
  directory.Write("in", "t0ken\n");
  CHECK_THAT(RunLookout(directory, "hash-token <in >/dev/full").err, Contains("cannot write to standard output"));
  CHECK(RunLookout(directory, "hash-token <in >/dev/full").exit_code == 1);
  CHECK_THAT(RunLookout(directory, "hash-token <.").err, Contains("cannot read standard input"));
  CHECK(RunLookout(directory, "hash-token <&-").exit_code == 1);
}

TEST_CASE("hash-token: on a terminal it asks and does not show what is typed", "[cli]") {
  OnTerminal terminal;
  CHECK(terminal.ReadUntil("Enter token: ") == "Enter token: ");
  terminal.Type("t0ken\n");
  const auto shown = terminal.ReadUntil("$$");
  CHECK_THAT(shown, !Contains("t0ken"));
  CHECK(VerifyTokenHash(PhcString::Parse(Trim(shown)).value(), "t0ken"));
  CHECK(terminal.IsShowingInput());
  CHECK(terminal.WaitForEnd() == 0);
}

TEST_CASE("hash-token: is interrupted on a terminal", "[cli]") {
  OnTerminal terminal;
  terminal.ReadUntil("Enter token: ");
  CHECK_FALSE(terminal.IsShowingInput());
  terminal.Type("t0k\x03");
  CHECK_THAT(terminal.ReadUntil("$$"), !Contains("t0k") && !Contains("argon2id"));
  const int status = terminal.WaitForEnd();
  CHECK(terminal.IsShowingInput());
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGINT);
}
