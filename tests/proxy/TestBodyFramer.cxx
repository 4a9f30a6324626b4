// SPDX-License-Identifier: Apache-2.0
#include "proxy/BodyFramer.hxx"

#include <catch2/catch.hpp>
#include <string>

using namespace lookout;
using Kind = BodyFraming::Kind;

namespace {

BodyFraming FramingOf(int status, const HeaderList &headers = {}, std::string_view method = "GET") {
  return ParseResponseFraming(status, headers, HttpVersion::V11, method).value();
}

}  // namespace

TEST_CASE("BodyFraming: of responses", "[http]") {
  const HeaderList length{{"Content-Length", "3"}};
  CHECK(FramingOf(200, length) == BodyFraming{Kind::Length, 3});
  CHECK(FramingOf(200, {{"Transfer-Encoding", "chunked"}}) == BodyFraming{Kind::Chunked, 0});
  CHECK(FramingOf(200) == BodyFraming{Kind::UntilClose, 0});
  CHECK(FramingOf(204) == BodyFraming{});
  CHECK(FramingOf(304, length) == BodyFraming{});
  CHECK(FramingOf(100) == BodyFraming{});
  CHECK(FramingOf(200, length, "HEAD") == BodyFraming{});
  CHECK_FALSE(ParseResponseFraming(200, {{"Content-Length", "3"}, {"Content-Length", "4"}}, HttpVersion::V11, "GET"));
}

TEST_CASE("BodyFramer: stops at the length", "[http]") {
  BodyFramer framer({Kind::Length, 5});
  auto step = framer.Next("abc").value();
  CHECK(step.body == "abc");
  CHECK_FALSE(framer.IsDone());
  CHECK_FALSE(framer.FinishAtEof());
  step = framer.Next("deGET").value();
  CHECK(step.body == "de");
  CHECK(step.used == 2);
  CHECK(framer.IsDone());
  CHECK(framer.Next("GET").value().used == 0);
}

TEST_CASE("BodyFramer: a body until close ends with EOF only", "[http]") {
  BodyFramer framer({Kind::UntilClose, 0});
  CHECK(framer.Next("abc").value().body == "abc");
  CHECK_FALSE(framer.IsDone());
  CHECK(framer.FinishAtEof());
}

TEST_CASE("BodyFramer: bodies that are empty are done at once", "[http]") {
  CHECK(BodyFramer({Kind::None, 0}).IsDone());
  CHECK(BodyFramer({Kind::Length, 0}).IsDone());
  CHECK_FALSE(BodyFramer({Kind::Chunked, 0}).IsDone());
}

TEST_CASE("BodyFramer: a chunked body ends with its last chunk", "[http]") {
  BodyFramer framer({Kind::Chunked, 0});
  CHECK(framer.Next("3\r\nabc\r\n").value().body == "abc");
  CHECK_FALSE(framer.FinishAtEof());
  CHECK(framer.Next("\r\n0\r\n\r\nGET").value().used == 7);
  CHECK(framer.IsDone());
}
