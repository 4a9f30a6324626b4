// SPDX-License-Identifier: Apache-2.0
#include "agent/ComposeRoute.hxx"

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "agent/StackList.hxx"
#include "tests/support/FakeHandler.hxx"
#include "tests/support/RecordingSink.hxx"
#include "tests/support/RunLoop.hxx"
#include "tests/support/TempDir.hxx"

using namespace lookout;
namespace fs = std::filesystem;

namespace {

/** The route with a shell script in the place of docker-compose. */
struct Fixture {
  TempDir temp;
  SystemClock clock;
  EventLoop loop{clock};
  FakeHandler transport{loop, [this](const Request &) { return login_answer; }};
  ReadyOutcome login_answer = MakeJsonResponse(200, R"({"Status":"Login Succeeded"})");
  DockerEngine engine{loop, transport};
  AuditJournal audit{loop, "", 100};
  std::unique_ptr<ComposeRoute> route;

  explicit Fixture(std::string_view script) {
    temp.Write("docker-compose",
               "#!/bin/sh\nif [ \"$1\" = version ]; then echo 1.29.2; exit; fi\n" + std::string(script), 0755);
    MakeRoute(temp.Path().string() + ":/usr/bin:/bin");
  }
  void MakeRoute(const std::string &path) {
    ComposeSettings settings;
    settings.stacks_dir = Stacks().string();
    settings.docker_socket = "/run/docker.sock";
    settings.path = path;
    route = std::make_unique<ComposeRoute>(loop, engine, audit, std::move(settings), State());
  }
  fs::path Stacks() const { return temp.Path() / "stacks"; }
  std::string State() const { return temp.Join("state"); }

  std::unique_ptr<Exchange> Start(RecordingSink &sink, std::string json, std::string_view query = "") {
    Request request;
    request.head.method = "POST";
    request.head.target = "/_lookout/compose" + std::string(query);
    request.body = std::make_unique<StringBody>(std::move(json));
    request.origin.actor = "10.0.0.1";
    return route->Handle(std::move(request), sink);
  }
  /** The body of the whole answer. */
  std::string Ask(std::string json, std::string_view query = "", int status = 200) {
    RecordingSink sink;
    const auto exchange = Start(sink, std::move(json), query);
    REQUIRE(RunUntil(loop, [&sink] { return sink.IsDone(); }));
    CHECK(sink.violation.empty());
    REQUIRE(sink.head);
    CHECK(sink.head->status == status);
    return sink.body;
  }
  std::string LastAudit() const {
    const auto &record = audit.Ring().Get(audit.Ring().Latest());
    return record.event + " " + record.actor + " " + record.operation + " " + record.stack + " " + record.outcome;
  }
};

constexpr const char *kUp = R"({"operation":"up","stackName":"app","files":{"docker-compose.yml":"services: {}"}})";

}  // namespace

TEST_CASE("ComposeRoute: writes the files, runs the tool, tells both outputs", "[compose]") {
  Fixture f("echo \"$@\"; cat docker-compose.yml; echo; echo warning >&2; pwd");
  const auto stack = (f.Stacks() / "app").string();
  CHECK(f.Ask(kUp) == R"({"success":true,"output":"--ansi never --project-directory )" + stack +
                          R"( up -d --remove-orphans\nservices: {}\n)" + stack + R"(\nwarning\n"})" + "\n");
  CHECK(f.LastAudit() == "compose_op 10.0.0.1 up app allowed");
}

TEST_CASE("ComposeRoute: a tool that fails is an answer with its exit status", "[compose]") {
  Fixture f("echo broken >&2; exit 17");
  CHECK(f.Ask(kUp) == "{\"success\":false,\"output\":\"broken\\n\",\"error\":\"exit status 17\"}\n");
  CHECK(f.LastAudit() == "compose_op 10.0.0.1 up app error");
}

TEST_CASE("ComposeRoute: nothing is touched when the request breaks a rule", "[compose]") {
  Fixture f("echo ran");
  const auto answer =
      f.Ask(R"({"operation":"up","stackName":"app","files":{"a":"x"},"envVars":{"LD_PRELOAD":"/tmp/x.so"}})");
  CHECK(answer.find("\"success\":false") != std::string::npos);
  CHECK_FALSE(fs::exists(f.Stacks()));
  CHECK(f.Ask(R"({"operation":"nonsense","stackName":"app","files":{"a":"x"}})").find("unknown operation") !=
        std::string::npos);
  CHECK_FALSE(fs::exists(f.Stacks()));
  CHECK(f.Ask("{", "", 400).find("invalid request: ") == 0);
}

TEST_CASE("ComposeRoute: variables reach the tool exactly, and stay for the next operation", "[compose]") {
  Fixture f("env | grep '^[XYT]' | sort");
  ::setenv("TOKEN", "planted", 1);
  const auto first =
      f.Ask(R"({"operation":"up","stackName":"app","files":{},"envVars":{"X":"it's \"a\" $b \\ c","Y":""}})");
  CHECK(first == R"({"success":true,"output":"X=it's \"a\" $b \\ c\nY=\n"})"
                 "\n");
  const auto second = f.Ask(R"({"operation":"restart","stackName":"app"})");
  ::unsetenv("TOKEN");
  CHECK(second == first);
  CHECK(ModeOf((f.Stacks() / "app/.env.drydock").string()) == 0600);
}

TEST_CASE("ComposeRoute: a stack that is not there is an error, not an empty one", "[compose]") {
  Fixture f("echo ran");
  const auto answer = f.Ask(R"({"operation":"ps","stackName":"none"})");
  CHECK(answer.find("\"success\":false") != std::string::npos);
  CHECK(answer.find("No such file") != std::string::npos);
}

TEST_CASE("ComposeRoute: without a tool the answer says what to install", "[compose]") {
  Fixture f("");
  f.MakeRoute(f.temp.Join("empty"));
  CHECK(f.Ask(kUp).find("no compose tool on this host") != std::string::npos);
}

TEST_CASE("ComposeRoute: credentials are checked with the engine, used once, and never kept", "[compose]") {
  Fixture f("cat $DOCKER_CONFIG/config.json; echo; echo $DOCKER_CONFIG");
  const std::string request = R"({"operation":"pull","stackName":"app","files":{"a":"x"},)"
                              R"("registryAuth":{"server":"https://ghcr.io","username":"u","password":"hunter2"}})";
  const auto answer = f.Ask(request);
  CHECK(answer.find("dTpodW50ZXIy") != std::string::npos);
  const auto at = answer.find("/lookout-compose-");
  REQUIRE(at != std::string::npos);
  for (const auto *const place : {"/dev/shm", "/run"}) {
    CHECK_FALSE(fs::exists(place + answer.substr(at, answer.find("\\n", at) - at)));
  }
  f.login_answer = MakeJsonResponse(401, R"({"message":"denied: wrong password"})");
  const auto refused = f.Ask(request);
  CHECK(refused.find("registry login: docker error (status 401): denied: wrong password") != std::string::npos);
  CHECK(refused.find("hunter2") == std::string::npos);
}

TEST_CASE("ComposeRoute: one operation on a stack at a time", "[compose]") {
  Fixture f("echo begun; sleep 1000");
  RecordingSink sink;
  auto exchange = f.Start(sink, kUp, "?progress=stream");
  REQUIRE(RunUntil(f.loop, [&sink] { return !sink.body.empty(); }));
  CHECK(f.Ask(R"({"operation":"ps","stackName":"app"})", "", 409).find("stack app is busy: \"up\" has been running") ==
        0);
  CHECK(f.route->Journal().DescribeRunning("app").find("\"up\"") == 0);
  exchange.reset();
  CHECK(f.route->Journal().DescribeRunning("app").empty());
}

TEST_CASE("ComposeRoute: progress comes line by line, and the end says how it went", "[compose]") {
  Fixture f("echo one; echo two >&2; printf three; exit 2");
  const auto answer = f.Ask(kUp, "?progress=stream");
  CHECK(answer.find("{\"stream\":\"stdout\",\"text\":\"one\"}\n") != std::string::npos);
  CHECK(answer.find("{\"stream\":\"stderr\",\"text\":\"two\"}\n") != std::string::npos);
  CHECK(answer.find("{\"stream\":\"stdout\",\"text\":\"three\"}\n") != std::string::npos);
  CHECK(answer.ends_with("{\"success\":false,\"error\":\"exit status 2\"}\n"));
}

TEST_CASE("ComposeRoute: a reader that waits makes the tool wait", "[compose]") {
  Fixture f("head -c 3000000 /dev/zero | tr '\\0' 'x' | fold -w 1000; echo; echo done");
  RecordingSink sink;
  sink.flow = Flow::Wait;
  const auto exchange = f.Start(sink, kUp, "?progress=stream");
  REQUIRE(RunUntil(f.loop, [&sink] { return !sink.body.empty(); }));
  RunFor(f.loop, std::chrono::milliseconds(200));
  CHECK(sink.body.size() < 200'000);
  CHECK_FALSE(sink.IsDone());
  sink.flow = Flow::Go;
  exchange->Resume();
  REQUIRE(RunUntil(f.loop, [&sink] { return sink.IsDone(); }));
  CHECK(sink.body.size() > 3'000'000);
  CHECK(sink.body.find("\"text\":\"done\"") != std::string::npos);
  CHECK(sink.violation.empty());
}

TEST_CASE("ComposeRoute: an asker that goes away ends the tool with all it started, and the result says so",
          "[compose]") {
  Fixture f("sleep 1000 & echo $! > pid; wait");
  RecordingSink sink;
  auto exchange = f.Start(sink, kUp);
  const auto pid_file = (f.Stacks() / "app/pid").string();
  REQUIRE(RunUntil(f.loop, [&] { return fs::exists(pid_file) && ReadFile(pid_file).ends_with("\n"); }));
  const auto process = "/proc/" + std::to_string(std::stoi(ReadFile(pid_file))) + "/exe";
  exchange.reset();
  CHECK(RunUntil(f.loop, [&process] {
    std::error_code error;
    // A zombie that process 1 has not collected yet has no program any more.
    [[maybe_unused]] const auto program = fs::read_symlink(process, error);
    return static_cast<bool>(error);
  }));
  CHECK(f.LastAudit() == "compose_op 10.0.0.1 up app cancelled");
  // As a new process after a crash would see it.
  const StackJournal journal(f.clock, f.State());
  CHECK(journal.LastResult("app").find("\"success\":false,\"error\":\"cancelled") != std::string::npos);
}

TEST_CASE("ComposeRoute: an operation has a time limit", "[compose]") {
  Fixture f("echo begun; sleep 1000");
  DeadlineSettings deadlines;
  deadlines.transfer = std::chrono::milliseconds(300);
  f.route->SetDeadlines(deadlines);
  const auto answer = f.Ask(kUp);
  CHECK(answer.find("\"output\":\"begun\\n\"") != std::string::npos);
  CHECK(answer.find("timed out") != std::string::npos);
}

TEST_CASE("ComposeRoute: a dry run with files leaves the stack alone", "[compose]") {
  Fixture f("cat docker-compose.yml");
  const auto answer =
      f.Ask(R"({"operation":"up","stackName":"app","dryRun":true,"files":{"docker-compose.yml":"services: {}"}})");
  CHECK(answer == "{\"success\":true,\"output\":\"services: {}\"}\n");
  CHECK_FALSE(fs::exists(f.Stacks()));
}

TEST_CASE("ComposeRoute: output beyond the limit is counted and told", "[compose]") {
  ComposeOutput output;
  output.Add(false, std::string(ComposeOutput::kLimit - 5, 'a'));
  output.Add(true, "0123456789");
  output.Add(false, "lost");
  const auto text = output.Take();
  CHECK(text.substr(ComposeOutput::kLimit - 6, 8) == "a\n01234\n");
  CHECK(text.ends_with("[output truncated: 9 more bytes]\n"));
}

TEST_CASE("ComposeRoute: only POST", "[compose]") {
  Fixture f("");
  RecordingSink sink;
  Request request;
  request.head.method = "GET";
  request.head.target = "/_lookout/compose";
  const auto exchange = f.route->Handle(std::move(request), sink);
  REQUIRE(RunUntil(f.loop, [&sink] { return sink.IsDone(); }));
  CHECK(sink.head->status == 405);
}

TEST_CASE("StackList: by the labels of containers, and by directories", "[compose]") {
  const TempDir temp;
  fs::create_directories(temp.Path() / "app");
  fs::create_directories(temp.Path() / "idle");
  fs::create_directory_symlink("/etc", temp.Path() / "link");
  const auto text = R"([{"Id":"1","Names":["/app-web-1"],"State":"running","Status":"Up","Labels":
      {"com.docker.compose.project":"app","com.docker.compose.service":"web",
       "com.docker.compose.project.working_dir":")" +
                    temp.Join("app") + R"("}},
      {"Id":"2","Names":["/other"],"Labels":{}},
      {"Id":"3","Names":["/x"],"Labels":{"com.docker.compose.project":"far","com.docker.compose.service":"s"}}])";
  auto stacks = GroupStacks(*ParseJson(text), temp.Path().string());
  AddStackDirectories(stacks, temp.Path().string());
  REQUIRE(stacks.size() == 3);
  CHECK(stacks.at("app").directory == "app");
  CHECK(stacks.at("app").services.at("web").at(0).name == "app-web-1");
  CHECK(stacks.at("far").directory.empty());
  CHECK(stacks.at("idle").directory == "idle");
}
