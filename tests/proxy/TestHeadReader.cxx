// SPDX-License-Identifier: Apache-2.0
#include "proxy/HeadReader.hxx"

#include <catch2/catch.hpp>
#include <string>

#include "proxy/Limits.hxx"

using namespace lookout;

namespace {

using State = HeadReader::State;

}  // namespace

TEST_CASE("HeadReader: takes the head and leaves the body", "[http]") {
  HeadReader reader;
  const std::string wire = "GET / HTTP/1.1\r\nHost: d\r\n\r\nbody";
  CHECK(reader.Push(wire) == wire.size() - 4);
  CHECK(reader.GetState() == State::Done);
  CHECK(reader.Text() == "GET / HTTP/1.1\r\nHost: d\r\n");
}

TEST_CASE("HeadReader: any cut gives the same head", "[http]") {
  const std::string wire = "\r\nGET / HTTP/1.1\r\nHost: d\r\n\r\n";
  for (size_t cut = 0; cut <= wire.size(); ++cut) {
    HeadReader reader;
    CHECK(reader.Push(std::string_view(wire).substr(0, cut)) == cut);
    reader.Push(std::string_view(wire).substr(cut));
    CHECK(reader.GetState() == State::Done);
    CHECK(reader.Text() == "GET / HTTP/1.1\r\nHost: d\r\n");
  }
}

TEST_CASE("HeadReader: refuses what two readers could cut differently", "[http]") {
  const auto wire = GENERATE(as<std::string>(), "GET / HTTP/1.1\nHost: d\n\n", "GET / HTTP/1.1\r\nHost: d\n\r\n",
                             "GET / HTTP/1.1\rHost: d\r\n\r\n", "GET / HTTP/1.1\r\r\n", "\nGET / HTTP/1.1\r\n",
                             "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", "GET / HTTP/1.1\r\nA: b\r\n\tc\r\n\r\n",
                             "GET / HTTP/1.1\r\n Host: d\r\n\r\n", "\r\n\r\nGET / HTTP/1.1\r\n");
  CAPTURE(wire);
  HeadReader reader;
  reader.Push(wire);
  CHECK(reader.GetState() == State::Failed);
  CHECK(reader.GetError().status == 400);
}

TEST_CASE("HeadReader: bytes one by one or all at once end at the same one, in the same way", "[http]") {
  const std::string start = "GET / HTTP/1.1\r\nA: b";
  const std::string fill(kMaxHttpHead - start.size() - 4, 'x');
  const auto wire = GENERATE_COPY(as<std::string>(), start + "\r\n\r\nbody", start + "\rc\r\n\r\n",
                                  start + "\nc\r\n\r\n", start + '\0' + "\r\n\r\n", start + "\r\n c\r\n\r\n",
                                  start + fill + "\r\n\r\n", start + fill + "x\r\n\r\n", start + fill + "xxxxx",
                                  start + fill + fill, "\r\n" + start + "\r\n\r\n");
  HeadReader whole;
  const size_t used = whole.Push(wire);
  HeadReader bytewise;
  size_t count = 0;
  while (count < wire.size() && bytewise.GetState() == State::More) count += bytewise.Push({&wire[count], 1});
  CHECK(used == count);
  CHECK(whole.GetState() == bytewise.GetState());
  CHECK(whole.GetError().status == bytewise.GetError().status);
  CHECK(whole.Text() == bytewise.Text());
}

TEST_CASE("HeadReader: refuses NUL", "[http]") {
  HeadReader reader;
  reader.Push(std::string_view("GET /\0 HTTP/1.1\r\n", 17));
  CHECK(reader.GetState() == State::Failed);
}

TEST_CASE("HeadReader: bounds the head", "[http]") {
  HeadReader reader;
  reader.Push("GET / HTTP/1.1\r\nA: ");
  const std::string block(1024, 'x');
  for (size_t i = 0; i < kMaxHttpHead / block.size() && reader.GetState() == State::More; ++i) reader.Push(block);
  CHECK(reader.GetState() == State::Failed);
  CHECK(reader.GetError().status == 431);
}

TEST_CASE("HeadReader: starts over after Reset", "[http]") {
  HeadReader reader;
  CHECK_FALSE(reader.HasBegun());
  reader.Push("HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(reader.HasBegun());
  reader.Reset();
  CHECK_FALSE(reader.HasBegun());
  reader.Push("HTTP/1.1 200 OK\r\n\r\n");
  CHECK(reader.Text() == "HTTP/1.1 200 OK\r\n");
}
