// SPDX-License-Identifier: Apache-2.0
#include "base/ChildProcess.hxx"

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>

using namespace lookout;
using namespace std::chrono_literals;

namespace {

struct Fixture : ChildProcess::Handler {
  SystemClock clock;
  EventLoop loop{clock};
  ChildReaper reaper{loop};
  std::string output;
  std::string error;
  std::optional<ChildExit> exit;
  std::unique_ptr<ChildProcess> child;

  void OnOutput(ChildProcess::Output from, std::string_view bytes) override {
    (from == ChildProcess::Output::Standard ? output : error) += bytes;
  }
  void OnExit(ChildExit how) override {
    exit = how;
    child.reset();
  }

  void Start(const std::string &script, std::string input = "") {
    child = std::make_unique<ChildProcess>(
        loop, reaper, ChildCommand{{"/bin/sh", "-c", script}, {"PATH=/usr/bin:/bin"}, "", std::move(input)}, *this);
  }
  template <typename Condition>
  void RunUntil(Condition condition) {
    const auto limit = clock.Now() + 30s;
    while (!condition() && clock.Now() < limit) loop.RunOnce(50ms);
    REQUIRE(condition());
  }
  void RunUntilExit() {
    RunUntil([this] { return exit.has_value(); });
  }
};

bool IsGone(pid_t pid) {
  return ::kill(pid, 0) != 0;
}

}  // namespace

TEST_CASE("ChildProcess: tells both outputs and the exit status", "[child]") {
  Fixture f;
  f.Start("echo to out; echo to err >&2; exit 3");
  f.RunUntilExit();
  CHECK(f.output == "to out\n");
  CHECK(f.error == "to err\n");
  CHECK(f.exit->code == 3);
  CHECK_FALSE(f.exit->IsSuccess());
  CHECK(f.exit->Describe() == "exit status 3");
}

TEST_CASE("ChildProcess: gives the input, the environment and the directory, and nothing else", "[child]") {
  Fixture f;
  ::setenv("LOOKOUT_TEST_SECRET", "planted", 1);
  const std::string input(200'000, 'x');
  f.child = std::make_unique<ChildProcess>(
      f.loop, f.reaper,
      ChildCommand{{"/bin/sh", "-c", "wc -c; pwd; env; ls /proc/self/fd"}, {"PATH=/usr/bin:/bin"}, "/tmp", input}, f);
  f.RunUntilExit();
  ::unsetenv("LOOKOUT_TEST_SECRET");
  CHECK(f.output.starts_with("200000\n/tmp\n"));
  CHECK(f.output.find("planted") == std::string::npos);
  // 0, 1, 2, and the directory that ls itself has opened.
  CHECK(f.output.ends_with("0\n1\n2\n3\n"));
}

TEST_CASE("ChildProcess: a signal is told by its name", "[child]") {
  Fixture f;
  f.Start("kill -KILL $$");
  f.RunUntilExit();
  CHECK(f.exit->signal == SIGKILL);
  CHECK(f.exit->Describe() == "signal: Killed");
}

TEST_CASE("ChildProcess: our own blocked and ignored signals are not the child's", "[child]") {
  Fixture f;
  REQUIRE(std::signal(SIGTERM, SIG_IGN) != SIG_ERR);
  f.Start("kill -TERM $$; echo survived");
  f.RunUntilExit();
  REQUIRE(std::signal(SIGTERM, SIG_DFL) != SIG_ERR);
  CHECK(f.exit->signal == SIGTERM);
  CHECK(f.output.empty());
}

TEST_CASE("ChildProcess: destroying it kills the whole group and leaves no zombie", "[child]") {
  Fixture f;
  f.Start("sleep 1000 & echo $!; wait");
  f.RunUntil([&f] { return f.output.ends_with("\n"); });
  const pid_t leader = f.child->Pid();
  const pid_t grandchild = std::stoi(f.output);
  f.child.reset();
  CHECK(f.reaper.Waiting() == 1);
  f.RunUntil([&f] { return f.reaper.Waiting() == 0; });
  CHECK(IsGone(leader));
  // The grandchild is waited for by process 1.
  f.RunUntil([grandchild] {
    return IsGone(grandchild) || !std::filesystem::exists("/proc/" + std::to_string(grandchild) + "/exe");
  });
  CHECK_FALSE(f.exit.has_value());
}

TEST_CASE("ChildProcess: what is left running in the group ends with the program", "[child]") {
  Fixture f;
  f.Start("sleep 1000 & echo done");
  f.RunUntilExit();
  CHECK(f.output == "done\n");
  CHECK(f.exit->IsSuccess());
}

TEST_CASE("ChildProcess: a pipe held open by a process outside the group delays the end for a second only", "[child]") {
  Fixture f;
  f.Start("setsid sleep 5 & sleep 0.1; echo done");
  const auto start = f.clock.Now();
  f.RunUntilExit();
  CHECK(f.output == "done\n");
  CHECK(f.clock.Now() - start < 4s);
}

TEST_CASE("ChildProcess: a paused child waits and loses nothing", "[child]") {
  Fixture f;
  f.Start("head -c 1000000 /dev/zero");
  f.child->SetPaused(true);
  for (int i = 0; i < 5; ++i) f.loop.RunOnce(20ms);
  CHECK(f.output.empty());
  CHECK_FALSE(f.exit.has_value());
  f.child->SetPaused(false);
  f.RunUntilExit();
  CHECK(f.output.size() == 1'000'000);
}

TEST_CASE("ChildProcess: a program that is not there is an error that names it", "[child]") {
  Fixture f;
  CHECK_THROWS_WITH(
      std::make_unique<ChildProcess>(f.loop, f.reaper, ChildCommand{{"/nonexistent/tool"}, {}, "", ""}, f),
      Catch::Contains("cannot run /nonexistent/tool") && Catch::Contains("No such file"));
}
