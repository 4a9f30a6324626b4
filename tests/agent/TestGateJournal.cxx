// SPDX-License-Identifier: Apache-2.0
#include "agent/GateJournal.hxx"

#include <catch2/catch.hpp>

#include "tests/support/FakeClock.hxx"

using namespace lookout;

namespace {

struct JournalFixture {
  JournalFixture() {
    request.head.method = "GET";
    request.head.target = "/info?a=b";
    request.origin = Origin(Origin::Transport::Listener, "192.0.2.1");
  }
  const AuditRecord &Last() const { return audit.Ring().Get(audit.Ring().Latest()); }

  FakeClock clock;
  EventLoop loop{clock};
  AuditJournal audit{loop, "", 100};
  RequestMetrics metrics;
  GateJournal journal{loop, audit, metrics};
  Request request;
};

}  // namespace

TEST_CASE("GateJournal: refusals are recorded and counted by their kind", "[gate]") {
  JournalFixture f;
  f.journal.OnRefused(f.request, RefuseToken());
  CHECK(f.Last().event == "auth_failure");
  CHECK(f.Last().actor == "192.0.2.1");
  CHECK(f.Last().outcome == "denied");
  CHECK(f.Last().reason == "bad_token");
  CHECK(f.Last().status == 401);
  CHECK(f.metrics.AuthFailures().at("bad_token") == 1);

  f.journal.OnRefused(f.request, RefuseLockedOut(std::chrono::seconds(3)));
  CHECK(f.Last().event == "rate_limited");
  CHECK(f.Last().status == 429);
  CHECK(f.metrics.RateLimited() == 1);

  f.journal.OnRefused(f.request, RefuseBody({HeldBody::Fault::Kind::TooLarge, ""}));
  CHECK(f.Last().event == "api_request");
  CHECK(f.Last().outcome == "error");
  CHECK(f.Last().status == 413);
  CHECK(f.metrics.RateLimited() == 1);
  CHECK(f.metrics.AuthFailures().size() == 1);
}

TEST_CASE("GateJournal: nobody washes the trail away", "[gate]") {
  JournalFixture f;
  for (int i = 0; i < 10; ++i) f.journal.OnRefused(f.request, RefuseToken());
  for (int i = 0; i < 1000; ++i) f.journal.OnRefused(f.request, RefuseLockedOut(std::chrono::seconds(3)));
  CHECK(f.audit.Ring().Size() < 20);
  CHECK(f.metrics.RateLimited() == 1000);
}

TEST_CASE("GateJournal: enrollments", "[gate]") {
  JournalFixture f;
  f.journal.OnEnrollment(f.request, {200, "0123456789abcdef", ""});
  CHECK(f.Last().event == "enrollment");
  CHECK(f.Last().outcome == "allowed");
  CHECK(f.Last().key_id == "0123456789abcdef");
  f.journal.OnEnrollment(f.request, {401, "", "token_used"});
  CHECK(f.Last().outcome == "denied");
  CHECK(f.Last().reason == "token_used");
  f.journal.OnEnrollment(f.request, {500, "", "disk full"});
  CHECK(f.Last().outcome == "error");
  f.journal.OnEnrollment(f.request, {429, "", "rate_limited"});
  CHECK(f.metrics.RateLimited() == 1);
}
