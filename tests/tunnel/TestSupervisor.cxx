// SPDX-License-Identifier: Apache-2.0
#include "tunnel/Supervisor.hxx"

#include <catch2/catch.hpp>

#include "base/Log.hxx"
#include "tests/support/FakeClock.hxx"
#include "tests/support/MemoryTransport.hxx"
#include "tests/support/ScriptedHandler.hxx"

using namespace lookout;
using namespace std::chrono_literals;

namespace {

class SupervisorFixture : private Supervisor::Owner {
 public:
  void Start(const std::vector<std::string> &urls = {"wss://one"}) {
    ConfigureLog(LogLevel::Error, LogFormat::Text);
    for (const auto &url : urls) settings.controllers.push_back(ParseControllerUrl(url).value());
    supervisor.emplace(
        loop, engine, settings,
        [this](const ControllerUrl &url, TransportHandler &transport_handler) {
          dialled.push_back(url.host);
          handler = &transport_handler;
          auto made = std::make_unique<MemoryTransport>(transport_handler);
          transport = made.get();
          return made;
        },
        [this](int64_t unix_seconds) -> Result<std::string> {
          hello_time = unix_seconds;
          if (hello_fails) return Fail("key file: no such file");
          return "hello";
        },
        std::vector<SessionExtension *>{}, [this] { return random; }, static_cast<Supervisor::Owner &>(*this));
    supervisor->Start();
    Settle();
  }
  void Settle() {
    for (int i = 0; i < 4; ++i) {
      loop.Dispatch();
      loop.RunDeferred();
    }
  }
  void Advance(Duration step) {
    clock.Advance(step);
    Settle();
  }
  void Close(const CloseInfo &info = {CloseInfo::Phase::Connect, 0, {}, 0, "refused"}) {
    handler->OnClosed(info);
    Settle();
  }
  void Reject(std::string_view code, const UpgradeInfo &info = {}) {
    handler->OnOpen(info);
    transport->TakeAll();
    transport->Deliver(std::string(R"({"type":"error","data":{"message":"no","code":")").append(code).append("\"}}"));
    Settle();
  }
  void Welcome() {
    handler->OnOpen({});
    transport->TakeAll();
    transport->Deliver(R"({"type":"welcome","data":{}})");
    Settle();
    REQUIRE(supervisor->Status().connected);
  }
  /** Whole seconds until the next attempt, looked for second by second. */
  int SecondsToNextAttempt() {
    const size_t before = dialled.size();
    int seconds = 0;
    while (dialled.size() == before && seconds < 5000) {
      Advance(1s);
      ++seconds;
    }
    return seconds;
  }

  void OnRejectedForGood() override { rejected_for_good = true; }
  void OnTunnelStopped() override { stopped = true; }

  FakeClock clock;
  EventLoop loop{clock};
  ScriptedHandler engine{loop};
  SupervisorSettings settings;
  std::vector<std::string> dialled;
  TransportHandler *handler = nullptr;
  MemoryTransport *transport = nullptr;
  double random = 0.5;
  bool hello_fails = false;
  int64_t hello_time = 0;
  bool rejected_for_good = false;
  bool stopped = false;
  std::optional<Supervisor> supervisor;
};

}  // namespace

TEST_CASE_METHOD(SupervisorFixture, "Supervisor: delays double up to the maximum", "[supervisor]") {
  Start();
  std::vector<int> delays;
  for (int i = 0; i < 8; ++i) {
    Close();
    delays.push_back(SecondsToNextAttempt());
  }
  CHECK(delays == std::vector<int>{1, 2, 4, 8, 16, 32, 60, 60});
}

TEST_CASE_METHOD(SupervisorFixture, "Supervisor: only a session that lasted starts the delays over", "[supervisor]") {
  Start();
  Close();
  CHECK(SecondsToNextAttempt() == 1);
  Welcome();
  Close();
  CHECK(SecondsToNextAttempt() == 2);
  Welcome();
  Advance(31s);
  Close();
  CHECK(SecondsToNextAttempt() == 1);
  CHECK(supervisor->Status().sessions == 2);
}

TEST_CASE_METHOD(SupervisorFixture, "Supervisor: what somebody must mend first is tried every five minutes",
                 "[supervisor]") {
  Start();
  SECTION("a code") {
    Reject("unknown-key");
  }
  SECTION("404") {
    Close({CloseInfo::Phase::Upgrade, 404, {}, 0, "not found"});
  }
  CHECK(SecondsToNextAttempt() == 300);
  CHECK_FALSE(rejected_for_good);
  Reject("agent-already-connected");
  CHECK(SecondsToNextAttempt() == 1);
  Reject("a-code-from-the-future");
  CHECK(SecondsToNextAttempt() == 2);
}

TEST_CASE_METHOD(SupervisorFixture, "Supervisor: a revoked key waits, although the session was up", "[supervisor]") {
  Start();
  Welcome();
  transport->Deliver(R"({"type":"error","data":{"message":"key revoked","code":"unknown-key"}})");
  Close({CloseInfo::Phase::Open, 0, {}, 1008, "closed"});
  CHECK(SecondsToNextAttempt() == 300);
}

TEST_CASE_METHOD(SupervisorFixture, "Supervisor: gives up only when told to", "[supervisor]") {
  settings.exit_on_reject = true;
  Start();
  Close();
  CHECK_FALSE(rejected_for_good);
  SecondsToNextAttempt();
  Reject("bad-signature");
  CHECK(rejected_for_good);
}

TEST_CASE_METHOD(SupervisorFixture, "Supervisor: Retry-After is honoured, within an hour", "[supervisor]") {
  Start();
  Close({CloseInfo::Phase::Upgrade, 503, 120, 0, "busy"});
  const int first = SecondsToNextAttempt();
  CHECK(first >= 120);
  CHECK(first <= 180);
  Close({CloseInfo::Phase::Upgrade, 503, 1'000'000'000, 0, "busy"});
  const int second = SecondsToNextAttempt();
  CHECK(second >= 3600);
  CHECK(second <= 4500);
}

TEST_CASE_METHOD(SupervisorFixture, "Supervisor: signs with the controller's time once that is known", "[supervisor]") {
  Start();
  Reject("timestamp-skew", {clock.UnixSeconds() - 3600, "peer"});
  CHECK(supervisor->Status().clock_offset == -3600);
  SecondsToNextAttempt();
  handler->OnOpen({});
  CHECK(hello_time == clock.UnixSeconds() - 3600);
}

TEST_CASE_METHOD(SupervisorFixture, "Supervisor: a time that nobody vouches for is not believed", "[supervisor]") {
  Start();
  Reject("timestamp-skew");
  CHECK(supervisor->Status().clock_offset == 0);
}

TEST_CASE_METHOD(SupervisorFixture, "Supervisor: controllers are tried in order, and the first again after a session",
                 "[supervisor]") {
  Start({"wss://one", "wss://two", "wss://three"});
  Close();
  Close();
  CHECK(dialled == std::vector<std::string>{"one", "two", "three"});
  Welcome();
  Advance(31s);
  Close();
  CHECK(dialled.back() == "one");
  Reject("unknown-key");
  CHECK(dialled.back() == "two");
}

TEST_CASE_METHOD(SupervisorFixture, "Supervisor: stops from any state", "[supervisor]") {
  Start();
  SECTION("while dialling") {}
  SECTION("while waiting") {
    Close();
  }
  SECTION("in a session") {
    Welcome();
    supervisor->Shutdown();
    transport->TakeAll();
    Close({CloseInfo::Phase::Open, 0, {}, 1000, "closed"});
  }
  supervisor->Shutdown();
  Settle();
  CHECK(stopped);
  const size_t attempts = dialled.size();
  Advance(1h);
  CHECK(dialled.size() == attempts);
}

TEST_CASE_METHOD(SupervisorFixture, "Supervisor: a reload does not wait for a long delay", "[supervisor]") {
  Start();
  Reject("unknown-key");
  supervisor->RetryNow();
  Settle();
  CHECK(dialled.size() == 2);
}

TEST_CASE_METHOD(SupervisorFixture, "Supervisor: delays are spread over 75 to 125 percent", "[supervisor]") {
  settings.reconnect_delay = 100s;
  settings.max_reconnect_delay = 100s;
  random = GENERATE(0.0, 0.999999);
  Start();
  Close();
  CHECK(SecondsToNextAttempt() == (random < 0.5 ? 75 : 125));
  Reject("unknown-key");
  CHECK(SecondsToNextAttempt() == (random < 0.5 ? 225 : 375));
  // What was asked for is the least.
  Close({CloseInfo::Phase::Upgrade, 429, 1000, 0, "too many"});
  CHECK(SecondsToNextAttempt() == (random < 0.5 ? 1000 : 1125));
}

TEST_CASE_METHOD(SupervisorFixture, "Supervisor: a Retry-After below our own delay, or none at all, changes nothing",
                 "[supervisor]") {
  settings.reconnect_delay = 10s;
  Start();
  Close({CloseInfo::Phase::Upgrade, 503, GENERATE(0, 1), 0, "busy"});
  CHECK(SecondsToNextAttempt() == 10);
}

TEST_CASE_METHOD(SupervisorFixture, "Supervisor: a session that does not last is no reason to hurry", "[supervisor]") {
  Start();
  std::vector<int> delays;
  for (int i = 0; i < 4; ++i) {
    Welcome();
    Advance(29s);
    Close({CloseInfo::Phase::Open, 0, {}, 1009, "too big"});
    delays.push_back(SecondsToNextAttempt());
  }
  CHECK(delays == std::vector<int>{1, 2, 4, 8});
}

TEST_CASE_METHOD(SupervisorFixture, "Supervisor: a key file that cannot be read waits for its repair", "[supervisor]") {
  hello_fails = true;
  settings.exit_on_reject = GENERATE(false, true);
  Start();
  handler->OnOpen({});
  Settle();
  CHECK(rejected_for_good == settings.exit_on_reject);
  if (!rejected_for_good) CHECK(SecondsToNextAttempt() == 300);
}

TEST_CASE_METHOD(SupervisorFixture, "Supervisor: 404 ends it only when told to, other answers never", "[supervisor]") {
  settings.exit_on_reject = true;
  Start();
  for (const int status : {200, 302, 401, 403, 429, 500, 503}) {
    Close({CloseInfo::Phase::Upgrade, status, {}, 0, "no"});
    CHECK_FALSE(rejected_for_good);
    SecondsToNextAttempt();
  }
  for (const auto code : {"replay", "internal-error", "registry-full", "", "novel"}) {
    Reject(code);
    CHECK_FALSE(rejected_for_good);
    SecondsToNextAttempt();
  }
  Close({CloseInfo::Phase::Upgrade, 404, {}, 0, "no"});
  CHECK(rejected_for_good);
}

TEST_CASE_METHOD(SupervisorFixture, "Supervisor: learns a clock anew when it has been set right", "[supervisor]") {
  Start();
  Reject("timestamp-skew", {clock.UnixSeconds() + 3600, "peer"});
  CHECK(supervisor->Status().clock_offset == 3600);
  SecondsToNextAttempt();
  clock.SetUnixSeconds(clock.UnixSeconds() + 3600);
  Reject("timestamp-skew", {clock.UnixSeconds(), "peer"});
  CHECK(supervisor->Status().clock_offset == 0);
}

TEST_CASE_METHOD(SupervisorFixture, "Supervisor: no other rejection teaches it the time", "[supervisor]") {
  Start();
  Reject("bad-nonce", {clock.UnixSeconds() + 3600, "peer"});
  CHECK(supervisor->Status().clock_offset == 0);
}

TEST_CASE_METHOD(SupervisorFixture, "Supervisor: every controller has delays of its own", "[supervisor]") {
  Start({"wss://one", "wss://two"});
  Reject("unknown-key");  // one: in 300 s
  for (int i = 0; i < 6; ++i) {
    CHECK(dialled.back() == "two");
    Close();
    CHECK(SecondsToNextAttempt() == 1 << i);
  }
}

TEST_CASE_METHOD(SupervisorFixture, "Supervisor: a request tells which controller asks, in its session",
                 "[supervisor]") {
  Start({"wss://one", "wss://two/base"});
  Close();
  SecondsToNextAttempt();
  Welcome();
  transport->Deliver(R"({"type":"request","data":{"requestId":"r","path":"/version"}})");
  Settle();
  REQUIRE(engine.calls.size() == 1);
  const Origin &origin = engine.calls[0]->request.origin;
  CHECK(origin.transport == Origin::Transport::Tunnel);
  CHECK(origin.actor == supervisor->Status().controller);
  CHECK(origin.auth_method == "session");
}

TEST_CASE_METHOD(SupervisorFixture, "Supervisor: nothing of one session reaches the next", "[supervisor]") {
  Start();
  Welcome();
  transport->TakeAll();
  for (const auto frame : {R"({"type":"request","data":{"requestId":"old","path":"/events"}})",
                           R"({"type":"request","data":{"requestId":"old","path":"/version"}})",
                           R"({"type":"exec_start","data":{"execId":"old","containerId":"c","cmd":["sh"]}})",
                           R"({"type":"dd:container_log_request","data":{"requestId":"old","containerId":"c"}})",
                           R"({"type":"dd:container_delete_request","data":{"requestId":"old","containerId":"c"}})"}) {
    transport->Deliver(frame);
  }
  Settle();
  engine.calls[0]->Head(200, {});
  engine.calls[0]->sink->OnData("never taken");
  Close({CloseInfo::Phase::Open, 0, {}, 0, "lost"});
  for (const auto &call : engine.calls) CHECK(call->gone);
  SecondsToNextAttempt();
  handler->OnOpen({});
  CHECK(transport->TakeAll() == std::vector<std::string>{"hello"});
  transport->Deliver(R"({"type":"welcome","data":{}})");
  Settle();
  CHECK(transport->TakeAll().empty());
  CHECK(supervisor->Status().attempts == 2);
}

TEST_CASE_METHOD(SupervisorFixture, "Supervisor: a reload leaves a live session and a stopped agent alone",
                 "[supervisor]") {
  Start();
  SECTION("a session") {
    Welcome();
  }
  SECTION("an attempt under way") {}
  SECTION("stopped") {
    Close();
    supervisor->Shutdown();
  }
  supervisor->RetryNow();
  Advance(59s);
  CHECK(dialled.size() == 1);
}

TEST_CASE_METHOD(SupervisorFixture, "Supervisor: figures are of all sessions together", "[supervisor]") {
  Start();
  Welcome();
  const TunnelFigures first = supervisor->Figures();
  CHECK(first.received.messages == 1);
  CHECK(first.received.bytes == std::string(R"({"type":"welcome","data":{}})").size());
  CHECK(first.sent.messages >= 1);
  transport->Deliver(R"({"type":"request","data":{"requestId":"r1","method":"GET","path":"/events"}})");
  Settle();
  CHECK(supervisor->Figures().streams.active == 1);
  CHECK(supervisor->Figures().streams.begun == 1);
  CHECK(supervisor->Figures().requests.begun == 0);
  CHECK(supervisor->Status().waits == 0);
  Close();
  CHECK(supervisor->Status().waits == 1);
  CHECK(supervisor->Figures().streams.active == 0);
  CHECK(supervisor->Figures().streams.begun == 1);
  CHECK(supervisor->Figures().received.messages == 2);
  SecondsToNextAttempt();
  Welcome();
  CHECK(supervisor->Figures().received.messages == 3);
  CHECK(supervisor->Figures().sent.messages > first.sent.messages);
}
