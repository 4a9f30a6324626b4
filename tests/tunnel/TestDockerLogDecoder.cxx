// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <string>

#include "tunnel/DockerLogDecoder.hxx"

using namespace lookout;

namespace {

std::string Record(char type, std::string_view payload) {
  std::string record{
      type, 0, 0, 0, 0, 0, static_cast<char>(payload.size() >> 8), static_cast<char>(payload.size() & 255)};
  return record.append(payload);
}

struct Output {
  std::string out;
  std::string err;
  DockerLogDecoder decoder;

  void Feed(std::string_view bytes) {
    decoder.Feed(bytes, [this](LogStreamKind kind, std::string_view text) {
      (kind == LogStreamKind::Stderr ? err : out) += text;
    });
  }
};

}  // namespace

TEST_CASE("DockerLogDecoder: tells the streams apart, wherever the input is split", "[logs]") {
  const std::string input =
      Record(1, "stdout\n") + Record(2, "stderr\n") + Record(1, "") + Record(0, std::string(700, 'x'));
  for (size_t first = 0; first <= input.size(); ++first) {
    Output output;
    output.Feed(std::string_view(input).substr(0, first));
    output.Feed(std::string_view(input).substr(first));
    REQUIRE(output.out == "stdout\n" + std::string(700, 'x'));
    REQUIRE(output.err == "stderr\n");
    REQUIRE_FALSE(output.decoder.InsideRecord());
  }
}

TEST_CASE("DockerLogDecoder: a cut record gives what is there, a cut header is a clean end", "[logs]") {
  Output output;
  output.Feed(std::string("\1\0\0\0\0\0\0\x08part", 12));
  CHECK(output.out == "part");
  CHECK(output.decoder.InsideRecord());
  Output header;
  header.Feed(std::string("\1\0\0\0", 4));
  CHECK_FALSE(header.decoder.InsideRecord());
}

TEST_CASE("DockerLogDecoder: records of any length pass", "[logs]") {
  Output output;
  output.Feed(std::string("\1\0\0\0\0\4\0\1", 8));
  for (int i = 0; i < 4; ++i) output.Feed(std::string(65536, 'y'));
  output.Feed("y");
  CHECK(output.out.size() == 262145);
  output.Feed(Record(1, "next"));
  CHECK(output.out.substr(262145) == "next");
}

TEST_CASE("DockerLogDecoder: guesses from the first bytes", "[logs]") {
  CHECK(DockerLogDecoder::LooksMultiplexed(Record(1, "x")));
  CHECK_FALSE(DockerLogDecoder::LooksMultiplexed(std::string("\3\0\0\0\0\0\0\5hello", 13)));
  CHECK_FALSE(DockerLogDecoder::LooksMultiplexed("hi\n"));
}
