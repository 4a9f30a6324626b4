// SPDX-License-Identifier: Apache-2.0
#include "proxy/AuditRoutes.hxx"

#include <catch2/catch.hpp>
#include <string>

#include "tests/support/FakeClock.hxx"
#include "tests/support/RecordingSink.hxx"

using namespace lookout;

namespace {

struct Fixture {
  explicit Fixture(size_t capacity = 3) : ring(capacity) { routes.AddTo(table); }

  void Add(int count) {
    for (int i = 0; i < count; ++i) {
      AuditRecord record;
      record.unix_millis = 1'749'600'000'000;
      record.event = "api_request";
      record.path = "/" + std::to_string(++added);
      ring.Add(std::move(record));
    }
  }

  RecordingSink Ask(std::string target, std::string method = "GET") {
    RecordingSink sink;
    Request request;
    request.head = {std::move(method), std::move(target), {}};
    RequestHandler *const handler = table.Find(*AgentPathOf(request));
    const auto exchange = handler->Handle(std::move(request), sink);
    loop.RunOnce(Duration::zero());
    REQUIRE(sink.ended);
    return sink;
  }

  static std::optional<std::string_view> AgentPathOf(const Request &request) {
    const auto path = request.head.Path();
    return path.substr(path.find('/', 1));
  }

  static std::string Header(const RecordingSink &sink, std::string_view name) {
    return sink.head->headers.Joined(name).value_or("(none)");
  }
  /** Oldest, latest, next and count as the headers tell them. */
  static std::string Cursors(const RecordingSink &sink) {
    std::string text;
    for (const auto *const name : {"X-Portwing-Oldest-Cursor", "X-Portwing-Latest-Cursor", "X-Portwing-Next-Cursor",
                                   "X-Portwing-Record-Count"}) {
      text += Header(sink, name) + " ";
    }
    return text;
  }
  /** The cursors of the records in the body. */
  static std::string Body(const RecordingSink &sink) {
    std::string text;
    constexpr std::string_view kMark = "{\"cursor\":";
    for (size_t at = 0; (at = sink.body.find(kMark, at)) != std::string::npos;) {
      at += kMark.size();
      text += sink.body.substr(at, sink.body.find(',', at) - at) + " ";
    }
    return text;
  }

  FakeClock clock;
  EventLoop loop{clock};
  AuditRing ring;
  AuditRoutes routes{loop, ring};
  AgentRoutes table;
  int added = 0;
};

}  // namespace

TEST_CASE("AuditRoutes: the list is newest first", "[audit]") {
  Fixture fixture;
  fixture.Add(2);
  const auto sink = fixture.Ask("/_portwing/audit");
  CHECK(sink.head->status == 200);
  CHECK(Fixture::Header(sink, "Content-Type") == "application/json");
  CHECK(Fixture::Header(sink, "Cache-Control") == "no-store");
  CHECK(sink.body == R"({"records":[{"cursor":2,"ts":"2025-06-11T00:00:00.000Z","event":"api_request","path":"/2"},)"
                     R"({"cursor":1,"ts":"2025-06-11T00:00:00.000Z","event":"api_request","path":"/1"}],"count":2})"
                     "\n");
  CHECK(fixture.routes.Reads().succeeded == 1);
}

TEST_CASE("AuditRoutes: anything but a positive limit means all", "[audit]") {
  Fixture fixture;
  fixture.Add(5);
  const auto [query, cursors] = GENERATE(table<std::string, std::string>({
      {"", "5 4 3 "},
      {"?limit=2", "5 4 "},
      {"?limit=9", "5 4 3 "},
      {"?limit=0", "5 4 3 "},
      {"?limit=-1", "5 4 3 "},
      {"?limit=x", "5 4 3 "},
      {"?limit=", "5 4 3 "},
  }));
  CHECK(Fixture::Body(fixture.Ask("/_lookout/audit" + query)) == cursors);
}

TEST_CASE("AuditRoutes: a list without a ring is empty", "[audit]") {
  Fixture fixture(0);
  fixture.Add(2);
  CHECK(fixture.Ask("/_portwing/audit").body == "{\"records\":[],\"count\":0}\n");
}

TEST_CASE("AuditRoutes: the export", "[audit]") {
  Fixture fixture;
  const auto [records, query, status, cursors, body] = GENERATE(table<int, std::string, int, std::string, std::string>({
      // oldest, latest, next, count; the body
      {2, "", 200, "1 2 2 2 ", "1 2 "},
      {5, "", 200, "3 5 5 3 ", "3 4 5 "},
      {5, "?limit=2", 200, "3 5 4 2 ", "3 4 "},
      {5, "?limit=0", 200, "3 5 5 3 ", "3 4 5 "},
      {5, "?limit=", 200, "3 5 5 3 ", "3 4 5 "},
      {5, "?limit=99", 200, "3 5 5 3 ", "3 4 5 "},
      {5, "?cursor=4", 200, "3 5 5 1 ", "5 "},
      {5, "?cursor=5", 200, "3 5 5 0 ", ""},
      {5, "?cursor=2", 200, "3 5 5 3 ", "3 4 5 "},
      {5, "?cursor=2&limit=1", 200, "3 5 3 1 ", "3 "},
      {5, "?cursor=1", 409, "3 5 2 (none) ", "audit cursor is older than the retained buffer\n"},
      {5, "?cursor=0", 409, "3 5 2 (none) ", "audit cursor is older than the retained buffer\n"},
      {5, "?cursor=6", 409, "3 5 2 (none) ", "audit cursor is newer than the current buffer generation\n"},
      {5, "?cursor=18446744073709551615", 409, "3 5 2 (none) ",
       "audit cursor is newer than the current buffer generation\n"},
      {3, "?cursor=0", 200, "1 3 3 3 ", "1 2 3 "},
      {0, "", 200, "0 0 0 0 ", ""},
      {0, "?cursor=0", 200, "0 0 0 0 ", ""},
      {0, "?cursor=1", 409, "0 0 0 (none) ", "audit cursor is newer than the current buffer generation\n"},
      {5, "?cursor=", 400, "(none) (none) (none) (none) ", "invalid cursor\n"},
      {5, "?cursor=-1", 400, "(none) (none) (none) (none) ", "invalid cursor\n"},
      {5, "?cursor=%2B4", 400, "(none) (none) (none) (none) ", "invalid cursor\n"},
      {5, "?cursor=4x", 400, "(none) (none) (none) (none) ", "invalid cursor\n"},
      {5, "?cursor=18446744073709551616", 400, "(none) (none) (none) (none) ", "invalid cursor\n"},
      {5, "?limit=-1", 400, "(none) (none) (none) (none) ", "invalid limit\n"},
      {5, "?limit=x", 400, "(none) (none) (none) (none) ", "invalid limit\n"},
      {5, "?cursor=x&limit=x", 400, "(none) (none) (none) (none) ", "invalid cursor\n"},
  }));
  INFO(records << " " << query);
  fixture.Add(records);
  const auto sink = fixture.Ask("/_portwing/audit/export" + query);
  CHECK(sink.head->status == status);
  CHECK(Fixture::Cursors(sink) == cursors);
  CHECK((status == 200 ? Fixture::Body(sink) : sink.body) == body);
  CHECK(Fixture::Header(sink, "Cache-Control") == (status == 400 ? "(none)" : "no-store"));
  CHECK(Fixture::Header(sink, "X-Portwing-Generation") == (status == 400 ? "(none)" : fixture.ring.Generation()));
  CHECK(fixture.routes.Reads().succeeded == (status == 200 ? 1 : 0));
  CHECK(fixture.routes.Reads().failed == (status == 200 ? 0 : 1));
  if (status == 200) CHECK(Fixture::Header(sink, "Content-Type") == "application/x-ndjson");
}

TEST_CASE("AuditRoutes: an export without a ring knows cursor 0 only", "[audit]") {
  Fixture fixture(0);
  fixture.Add(2);
  const auto sink = fixture.Ask("/_portwing/audit/export?cursor=0");
  CHECK(sink.head->status == 200);
  CHECK(Fixture::Cursors(sink) == "0 0 0 0 ");
  CHECK(fixture.Ask("/_portwing/audit/export?cursor=1").head->status == 409);
}

TEST_CASE("AuditRoutes: the headers are of the path's family", "[audit]") {
  Fixture fixture;
  fixture.Add(1);
  const auto sink = fixture.Ask("/_lookout/audit/export");
  CHECK(Fixture::Header(sink, "X-Lookout-Latest-Cursor") == "1");
  CHECK(Fixture::Header(sink, "X-Lookout-Generation") == fixture.ring.Generation());
  CHECK_FALSE(sink.head->headers.Has("X-Portwing-Latest-Cursor"));
}

TEST_CASE("AuditRoutes: a record is one line whatever it holds", "[audit]") {
  Fixture fixture;
  AuditRecord record;
  record.event = "exec_start";
  record.actor = "a\r\nb";
  record.status = 0;
  record.duration_ms = 0;
  record.key_id = "k";
  record.certificate = "CN=deploy";
  record.auth_method = "signature";
  record.reason = "why";
  record.request_id = "r";
  record.operation = "up";
  record.stack = "web";
  record.container = "c";
  record.exec_id = "e";
  fixture.ring.Add(std::move(record));
  CHECK(fixture.Ask("/_portwing/audit/export").body ==
        R"({"cursor":1,"ts":"1970-01-01T00:00:00.000Z","event":"exec_start","actor":"a\r\nb","operation":"up",)"
        R"("stack":"web","container":"c","exec_id":"e","key_id":"k","auth_method":"signature",)"
        R"("certificate":"CN=deploy","reason":"why","request_id":"r"})"
        "\n");
}

TEST_CASE("AuditRoutes: HEAD tells the headers, other methods are refused", "[audit]") {
  Fixture fixture;
  fixture.Add(1);
  const auto head = fixture.Ask("/_portwing/audit/export", "HEAD");
  CHECK(head.head->status == 200);
  CHECK(Fixture::Cursors(head) == "1 1 1 1 ");
  CHECK(head.body.empty());
  const auto post = fixture.Ask("/_portwing/audit", "POST");
  CHECK(post.head->status == 405);
  CHECK(Fixture::Header(post, "Allow") == "GET, HEAD");
}

TEST_CASE("AuditRoutes: one answer holds 10000 records at most, and the next cursor goes on", "[audit]") {
  Fixture fixture(20'000);
  fixture.Add(15'000);
  const auto first = fixture.Ask("/_portwing/audit/export");
  CHECK(Fixture::Cursors(first) == "1 15000 10000 10000 ");
  const auto second = fixture.Ask("/_portwing/audit/export?cursor=10000&limit=20000");
  CHECK(Fixture::Cursors(second) == "1 15000 15000 5000 ");
  CHECK(fixture.Ask("/_portwing/audit").body.ends_with("\"count\":10000}\n"));
}
