// SPDX-License-Identifier: Apache-2.0
#include "proxy/EnrollmentRoute.hxx"

#include <catch2/catch.hpp>
#include <deque>

#include "tests/proxy/GateFixture.hxx"
#include "tests/support/PushBody.hxx"

using namespace lookout;
using std::chrono::seconds;

namespace {

struct EnrollFixture {
  static std::string MakeBody(std::string_view token, std::string_view key) {
    return R"({"enrollment_token":")" + std::string(token) + R"(","public_key":")" + std::string(key) + R"("})";
  }
  static Request MakeRequest(std::unique_ptr<BodySource> body) {
    Request request;
    request.head.method = "POST";
    request.head.target = "/api/portwing/enroll";
    request.origin = Origin(Origin::Transport::Listener, "127.0.0.1");
    request.origin.peer_address = "127.0.0.1";
    request.body = std::move(body);
    return request;
  }
  static Request MakeRequest(std::string body) { return MakeRequest(std::make_unique<StringBody>(std::move(body))); }

  RecordingSink Ask(Request request) {
    RecordingSink sink;
    const auto exchange = route.Handle(std::move(request), sink);
    CHECK_FALSE(sink.IsDone());
    Run();
    CHECK(sink.IsDone());
    return sink;
  }
  void Run() {
    loop.Dispatch();
    loop.RunDeferred();
  }

  TempDir directory;
  FakeClock clock;
  EventLoop loop{clock};
  Ed25519PublicKey key = Ed25519PrivateKey::Generate().PublicKey();
  KeyRing keys{directory.Write("keys", "")};
  KeyEnrollment enrollment{Secret("once"), directory.Join("keys"), directory.Join("used")};
  FailureLimiter failures{clock};
  RecordingObserver observer;
  EnrollmentRoute route{loop, enrollment, keys, failures, observer};
};

}  // namespace

TEST_CASE("EnrollmentRoute: adds a key, once", "[enroll]") {
  EnrollFixture f;
  const auto id = f.key.Id();
  auto sink = f.Ask(f.MakeRequest(f.MakeBody("once", f.key.ToBase64())));
  CHECK(sink.head->status == 200);
  CHECK(sink.body == R"({"key_id":")" + id + R"(","comment":"enrolled:)" + id + "\"}\n");
  CHECK(f.keys.Keys().Find(id) != nullptr);
  sink = f.Ask(f.MakeRequest(f.MakeBody("once", f.key.ToBase64())));
  CHECK(sink.head->status == 401);
  CHECK(sink.body == "enrollment token already used\n");
  CHECK(f.observer.enrollments == std::vector<std::string>{"200 " + id + " 127.0.0.1", "401 token_used 127.0.0.1"});
}

TEST_CASE("EnrollmentRoute: the token does not cross a network in the clear", "[enroll]") {
  EnrollFixture f;
  const auto [peer, is_encrypted, status] = GENERATE(table<std::string, bool, int>({
      {"192.0.2.1", false, 403},
      {"192.0.2.1", true, 200},
      {"127.0.0.1", false, 200},
      {"::1", false, 200},
      {"::ffff:127.0.0.1", false, 200},
      {"::ffff:192.0.2.1", false, 403},
      {"fe80::1%eth0", false, 403},
      {"", false, 200},
  }));
  CAPTURE(peer);
  auto request = f.MakeRequest(f.MakeBody("once", f.key.ToBase64()));
  request.origin.actor = "203.0.113.7";
  request.origin.peer_address = peer;
  request.origin.is_encrypted = is_encrypted;
  const auto sink = f.Ask(std::move(request));
  CHECK(sink.head->status == status);
  if (status == 403) {
    CHECK_THAT(sink.body, Catch::Contains("https://"));
    CHECK(f.observer.enrollments == std::vector<std::string>{"403 plaintext 203.0.113.7"});
  }
}

TEST_CASE("EnrollmentRoute: when the key does not come to count, the token still does", "[enroll]") {
  EnrollFixture f;
  // The list is replaced by one that cannot be read, between the addition and the reload: by its own mode.
  f.directory.Write("keys", "", 0644);
  const auto sink = f.Ask(f.MakeRequest(f.MakeBody("once", f.key.ToBase64())));
  CHECK(sink.head->status == 500);
  CHECK(sink.body == "internal server error\n");
  CHECK_THAT(f.observer.enrollments.at(0), Catch::Contains("chmod"));
  f.directory.Write("keys", "");
  CHECK(f.Ask(f.MakeRequest(f.MakeBody("once", f.key.ToBase64()))).head->status == 200);
}

TEST_CASE("EnrollmentRoute: rubbish is limited apart from wrong tokens", "[enroll]") {
  EnrollFixture f;
  for (int i = 0; i < 10; ++i) CHECK(f.Ask(f.MakeRequest("rubbish")).head->status == 400);
  const auto sink = f.Ask(f.MakeRequest(f.MakeBody("once", f.key.ToBase64())));
  CHECK(sink.head->status == 429);
  CHECK(sink.body == "too many requests\n");
  CHECK(*sink.head->headers.Find("Retry-After") == "60");
  const auto client = *IpAddress::Parse("127.0.0.1");
  CHECK_FALSE(f.failures.Wait(client));
  f.clock.Advance(seconds(60));
  for (int i = 0; i < 10; ++i) CHECK(f.Ask(f.MakeRequest(f.MakeBody("twice", ""))).head->status == 401);
  CHECK(f.failures.Wait(client));
  CHECK(f.Ask(f.MakeRequest(f.MakeBody("once", f.key.ToBase64()))).head->status == 429);
}

TEST_CASE("EnrollmentRoute: a body that is too large, too slow, or breaks off", "[enroll]") {
  EnrollFixture f;
  const auto push = std::make_shared<PushBodyState>();
  RecordingSink sink;
  const auto exchange = f.route.Handle(f.MakeRequest(std::make_unique<PushBody>(push, std::nullopt)), sink);
  f.Run();
  int status = 0;
  SECTION("large") {
    push->Push(std::string(size_t{64} * 1024 + 1, ' '));
    status = 413;
  }
  SECTION("slow") {
    push->Push("{");
    f.clock.Advance(seconds(10));
    status = 408;
  }
  SECTION("broken") {
    push->Finish(BodySource::Chunk::State::Error);
    status = 400;
  }
  f.Run();
  REQUIRE(sink.IsDone());
  CHECK(sink.head->status == status);
  CHECK(f.observer.enrollments.size() == 1);
}

TEST_CASE("EnrollmentRoute: takes POST only, and no upgrade", "[enroll]") {
  EnrollFixture f;
  auto request = f.MakeRequest("");
  request.head.method = "GET";
  const auto sink = f.Ask(std::move(request));
  CHECK(sink.head->status == 405);
  CHECK(*sink.head->headers.Find("Allow") == "POST");
  RecordingDuplexSink duplex_sink;
  const auto duplex = f.route.Open(f.MakeRequest(""), duplex_sink);
  f.Run();
  CHECK(duplex_sink.head->status == 400);
  CHECK(f.observer.enrollments.empty());
}

TEST_CASE("EnrollmentRoute: guesses that are sent at once count one by one", "[enroll]") {
  EnrollFixture f;
  std::deque<RecordingSink> sinks;
  std::vector<std::unique_ptr<Exchange>> exchanges;
  for (int i = 0; i < 20; ++i) {
    const auto token = i == 15 ? "once" : "guess" + std::to_string(i);
    exchanges.push_back(f.route.Handle(f.MakeRequest(f.MakeBody(token, f.key.ToBase64())), sinks.emplace_back()));
  }
  f.Run();
  for (size_t i = 0; i < sinks.size(); ++i) {
    CAPTURE(i);
    REQUIRE(sinks[i].IsDone());
    CHECK(sinks[i].head->status == (i < 10 ? 401 : 429));
  }
  CHECK(f.keys.Keys().Entries().empty());
}
