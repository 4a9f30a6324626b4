// SPDX-License-Identifier: Apache-2.0
#include "proxy/ResponseHeadReader.hxx"

#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <vector>

using namespace lookout;

namespace {

/** Feeds all lines; the failure of the first one that has one. */
std::optional<Failure> FeedAll(ResponseHeadReader &reader, const std::vector<std::string> &lines) {
  for (const auto &line : lines) {
    const auto step = reader.Feed(line);
    if (!step) return step.error();
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("ResponseHeadReader: reads a head", "[proxy]") {
  ResponseHeadReader reader;
  CHECK_FALSE(*reader.Feed("HTTP/1.1 404 Not Found\r\n"));
  CHECK_FALSE(*reader.Feed("Content-Type: application/json\r\n"));
  CHECK_FALSE(*reader.Feed("Set-Cookie: a=1\r\n"));
  CHECK_FALSE(*reader.Feed("set-cookie:b=2 \r\n"));
  CHECK_FALSE(*reader.Feed("X-Empty:\r\n"));
  CHECK_FALSE(*reader.Feed("Transfer-Encoding: chunked\r\n"));
  CHECK_FALSE(*reader.Feed("Connection: X-Hop\r\n"));
  CHECK_FALSE(*reader.Feed("X-Hop: 1\r\n"));
  CHECK(*reader.Feed("\r\n"));
  CHECK(reader.IsComplete());
  CHECK_FALSE(*reader.Feed("X-Trailer: 1\r\n"));
  CHECK_FALSE(*reader.Feed("\r\n"));
  const auto head = reader.Take();
  CHECK(head.status == 404);
  CHECK(head.reason == "Not Found");
  CHECK(head.headers.Size() == 4);
  CHECK(head.headers.Joined("Set-Cookie") == "a=1, b=2");
  CHECK(head.headers.Joined("X-Empty") == "");
}

TEST_CASE("ResponseHeadReader: skips 1xx heads", "[proxy]") {
  ResponseHeadReader reader;
  CHECK_FALSE(FeedAll(reader, {"HTTP/1.1 100 Continue\r\n", "X-Old: 1\r\n", "\r\n", "HTTP/1.1 103 Early Hints\r\n",
                               "Link: x\r\n", "\r\n"}));
  CHECK_FALSE(reader.IsComplete());
  CHECK_FALSE(FeedAll(reader, {"HTTP/1.0 204\r\n", "\r\n"}));
  CHECK(reader.IsComplete());
  const auto head = reader.Take();
  CHECK(head.status == 204);
  CHECK(head.reason.empty());
  CHECK(head.headers.Size() == 0);
}

TEST_CASE("ResponseHeadReader: refuses what is not HTTP/1", "[proxy]") {
  const auto line =
      GENERATE(as<std::string>(), "", "hello", "HTTP/2 200 OK", "HTTP/1.1 20", "HTTP/1.1 2000 OK", "HTTP/1.1 099 X",
               "HTTP/1.1 -20 X", "HTTP/1.1 abc", "HTTP/1.1_200 OK", "HTTP/1.1 200 a\x01");
  ResponseHeadReader reader;
  const auto step = reader.Feed(line + "\r\n");
  REQUIRE_FALSE(step.has_value());
  CHECK(step.error().kind == Failure::Kind::Broken);
}

TEST_CASE("ResponseHeadReader: refuses fields that could read differently elsewhere", "[proxy]") {
  const auto line = GENERATE(as<std::string>(), "no colon", ": no name", "Bad Name: x", "Name : x", " folded",
                             "X: a\rb", "X: a\x7f", "X: a\x01");
  ResponseHeadReader reader;
  REQUIRE(reader.Feed("HTTP/1.1 200 OK\r\n"));
  CHECK_FALSE(reader.Feed(line + "\r\n").has_value());
}

TEST_CASE("ResponseHeadReader: refuses a length that is none, or several", "[proxy]") {
  const auto [fields, is_good] = GENERATE(table<std::vector<std::string>, bool>({
      {{"Content-Length: 5\r\n"}, true},
      {{"Content-Length: 5\r\n", "content-length: 5\r\n"}, true},
      {{"Content-Length: 5\r\n", "Content-Length: 6\r\n"}, false},
      {{"Content-Length: 5, 5\r\n"}, false},
      {{"Content-Length: -5\r\n"}, false},
      {{"Content-Length: +5\r\n"}, false},
      {{"Content-Length: 99999999999999999999\r\n"}, false},
      {{"Content-Length:\r\n"}, false},
  }));
  ResponseHeadReader reader;
  REQUIRE(reader.Feed("HTTP/1.1 200 OK\r\n"));
  for (const auto &field : fields) REQUIRE(reader.Feed(field));
  CHECK(reader.Feed("\r\n").has_value() == is_good);
}

TEST_CASE("ResponseHeadReader: refuses an upgrade nobody asked for", "[proxy]") {
  ResponseHeadReader reader;
  const auto failure = FeedAll(reader, {"HTTP/1.1 101 Switching Protocols\r\n", "Upgrade: tcp\r\n", "\r\n"});
  REQUIRE(failure);
  CHECK(failure->kind == Failure::Kind::Broken);
}

TEST_CASE("ResponseHeadReader: bounds a head in bytes and fields, 1xx heads included", "[proxy]") {
  ResponseHeadReader reader;
  REQUIRE(reader.Feed("HTTP/1.1 200 OK\r\n"));
  tl::expected<bool, Failure> step = false;
  SECTION("bytes") {
    for (size_t i = 0; i < 5 && step; ++i) step = reader.Feed("X: " + std::string(60'000, 'x') + "\r\n");
  }
  SECTION("fields") {
    for (size_t i = 0; i < 1002 && step; ++i) step = reader.Feed("X: 1\r\n");
  }
  SECTION("endless 1xx heads") {
    ResponseHeadReader other;
    for (size_t i = 0; i < 100'000 && step; ++i) {
      step = other.Feed("HTTP/1.1 100 Continue\r\n");
      if (step) step = other.Feed("\r\n");
    }
  }
  REQUIRE_FALSE(step.has_value());
  CHECK(step.error().kind == Failure::Kind::TooLarge);
}
