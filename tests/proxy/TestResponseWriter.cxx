// SPDX-License-Identifier: Apache-2.0
#include "proxy/ResponseWriter.hxx"

#include <catch2/catch.hpp>
#include <string>

using namespace lookout;

namespace {

struct Written {
  std::string text;
  bool closes = false;
  bool complete = true;
};

Written Write(std::string_view method, HttpVersion version, ResponseHead head, std::string_view body,
              bool close = false) {
  ResponseWriter writer(method, version);
  Written written;
  writer.Begin(written.text, std::move(head), close, "DATE");
  std::string room;
  const auto framed = writer.Frame(body, room);
  written.text += framed.value_or("");
  written.complete = framed && writer.Finish(written.text);
  written.closes = writer.MustClose();
  return written;
}

constexpr auto k11 = HttpVersion::V11;

}  // namespace

TEST_CASE("ResponseWriter: keeps a stated length", "[http]") {
  const auto written = Write("GET", k11, {200, "Fine", {{"content-length", "3"}, {"X-A", "1"}, {"X-A", "2"}}}, "abc");
  CHECK(written.text == "HTTP/1.1 200 Fine\r\ncontent-length: 3\r\nX-A: 1\r\nX-A: 2\r\nDate: DATE\r\n\r\nabc");
  CHECK_FALSE(written.closes);
  CHECK(written.complete);
}

TEST_CASE("ResponseWriter: chunks what has no length", "[http]") {
  const auto written = Write("GET", k11, {200, "", {{"Date", "theirs"}}}, "abc");
  CHECK(written.text == "HTTP/1.1 200 OK\r\nDate: theirs\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
}

TEST_CASE("ResponseWriter: trailers stand behind the last chunk, and nowhere else", "[http]") {
  const HeaderList trailers{{"X-Sum", "1"}, {"bad name", "2"}, {"X-Bad", "a\r\nb"}};
  const auto finish = [&](HeaderList headers) {
    ResponseWriter writer("GET", k11);
    std::string text;
    writer.Begin(text, {200, "", std::move(headers)}, false, "DATE");
    std::string room;
    text = writer.Frame("abc", room).value();
    CHECK(writer.Finish(text, trailers));
    return text;
  };
  CHECK(finish({}) == "3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n");
  CHECK(finish({{"Content-Length", "3"}}) == "abc");
}

TEST_CASE("ResponseWriter: closes for HTTP/1.0", "[http]") {
  const auto written = Write("GET", HttpVersion::V10, {200, "", {}}, "abc");
  CHECK(written.text == "HTTP/1.1 200 OK\r\nDate: DATE\r\nConnection: close\r\n\r\nabc");
  CHECK(written.closes);
}

TEST_CASE("ResponseWriter: answers without a body", "[http]") {
  CHECK(Write("HEAD", k11, {200, "", {{"Content-Length", "9"}}}, "abc").text ==
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nDate: DATE\r\n\r\n");
  CHECK(Write("GET", k11, {204, "", {{"Content-Length", "0"}}}, "").text ==
        "HTTP/1.1 204 No Content\r\nDate: DATE\r\n\r\n");
  CHECK(Write("GET", k11, {304, "", {{"Content-Length", "9"}}}, "").text ==
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\nDate: DATE\r\n\r\n");
}

TEST_CASE("ResponseWriter: hop-by-hop fields are ours", "[http]") {
  const auto written = Write("GET", k11,
                             {200,
                              "",
                              {{"Connection", "X-Hop, close"},
                               {"X-Hop", "1"},
                               {"Transfer-Encoding", "chunked"},
                               {"Keep-Alive", "timeout=5"},
                               {"Content-Length", "0"}}},
                             "");
  CHECK(written.text == "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nDate: DATE\r\n\r\n");
}

TEST_CASE("ResponseWriter: lengths that two readers could differ on are replaced", "[http]") {
  const auto written = Write("GET", k11, {200, "", {{"Content-Length", "3"}, {"Content-Length", "4"}}}, "abc");
  CHECK_THAT(written.text, Catch::Contains("chunked") && !Catch::Contains("Content-Length"));
}

TEST_CASE("ResponseWriter: fields that would split the head are left out", "[http]") {
  const auto written = Write("GET", k11, {200, "a\r\nb", {{"A", "x\r\ny"}, {"B C", "1"}, {"Content-Length", "0"}}}, "");
  CHECK(written.text == "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nDate: DATE\r\n\r\n");
}

TEST_CASE("ResponseWriter: notices bodies of another length than stated", "[http]") {
  CHECK_FALSE(Write("GET", k11, {200, "", {{"Content-Length", "2"}}}, "abc").complete);
  CHECK_FALSE(Write("GET", k11, {200, "", {{"Content-Length", "4"}}}, "abc").complete);
}

TEST_CASE("MakeSwitchingHead: names the protocol", "[http]") {
  CHECK(MakeSwitchingHead({101, "UPGRADED", {{"Connection", "Upgrade"}, {"Upgrade", "h2c"}, {"X", "y"}}}) ==
        "HTTP/1.1 101 UPGRADED\r\nX: y\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
}

TEST_CASE("FormatHttpDate: the RFC's example", "[http]") {
  CHECK(FormatHttpDate(784'111'777) == "Sun, 06 Nov 1994 08:49:37 GMT");
}
