// SPDX-License-Identifier: Apache-2.0
#include "proxy/ChunkCodec.hxx"

#include <catch2/catch.hpp>
#include <string>

#include "proxy/Limits.hxx"

using namespace lookout;

namespace {

struct Decoded {
  std::string body;
  size_t used = 0;
  bool done = false;
  bool failed = false;
};

/** Decodes in pieces of this size. */
Decoded Decode(std::string_view wire, size_t piece) {
  ChunkDecoder decoder;
  Decoded decoded;
  while (decoded.used < wire.size() && !decoder.IsDone()) {
    const auto step = decoder.Next(wire.substr(decoded.used, piece));
    if (!step) {
      decoded.failed = true;
      return decoded;
    }
    REQUIRE(step->used > 0);
    decoded.used += step->used;
    decoded.body += step->body;
  }
  decoded.done = decoder.IsDone();
  return decoded;
}

}  // namespace

TEST_CASE("ChunkDecoder: decodes, however the input is cut", "[http]") {
  const std::string wire = "3\r\nabc\r\n0A;ext=\"1\"\r\n0123456789\r\n1\r\n\n\r\n0;x\r\nT: v\r\nU: w\r\n\r\nNEXT";
  for (size_t piece = 1; piece <= wire.size(); ++piece) {
    const auto decoded = Decode(wire, piece);
    CHECK(decoded.body == "abc0123456789\n");
    CHECK(decoded.done);
    CHECK(wire.substr(decoded.used) == "NEXT");
  }
}

TEST_CASE("ChunkDecoder: refuses what is not strictly chunked", "[http]") {
  const auto wire = GENERATE(as<std::string>(), "3\nabc\r\n", "3\r\nabcd\r\n", "3\r\nabc\n0\r\n", "3\r\nabcX", "x\r\n",
                             "\r\n", " 3\r\nabc\r\n", "3 \r\nabc\r\n", "0x3\r\nabc\r\n", "-3\r\n", "+3\r\n",
                             "1234567890123456\r\n", "3\r\r\nabc", "3;a\x01\r\n", "0\r\nno colon\r\n\r\n",
                             "0\r\n: x\r\n\r\n", "0\r\nT : v\r\n\r\n", "0\r\n folded: v\r\n\r\n", "0\r\n\n");
  CAPTURE(wire);
  CHECK(Decode(wire, wire.size()).failed);
  CHECK(Decode(wire, 1).failed);
}

TEST_CASE("ChunkDecoder: bounds extensions and trailers", "[http]") {
  CHECK(Decode("3;" + std::string(kMaxChunkLine, 'x') + "\r\n", 4096).failed);
  CHECK_FALSE(Decode("3;" + std::string(kMaxChunkLine - 4, 'x') + "\r\nabc\r\n", 4096).failed);
  std::string trailers = "0\r\n";
  for (size_t size = 0; size <= kMaxTrailers; size += 7) trailers += "A: bcd\r\n";
  CHECK(Decode(trailers, 4096).failed);
}

TEST_CASE("AppendChunk: writes what ChunkDecoder reads", "[http]") {
  std::string wire;
  AppendChunk(wire, std::string(300, 'a'));
  AppendChunk(wire, "");
  AppendChunk(wire, "b");
  CHECK(wire.starts_with("12c\r\naaa"));
  CHECK(wire.ends_with("a\r\n1\r\nb\r\n"));
  wire += kLastChunk;
  CHECK(Decode(wire, 7).body == std::string(300, 'a') + "b");
  CHECK(Decode(wire, 7).done);
}
