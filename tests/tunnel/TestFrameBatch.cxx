// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <set>
#include <vector>

#include "tunnel/FrameBatch.hxx"

using namespace lookout;

namespace {

struct Frame {
  int first_byte;
  std::string key;
  std::string payload;
};

/** Reads what is in the batch as a server does (RFC 6455 section 5.2), byte by byte, and empties it. */
std::vector<Frame> Drain(FrameBatch &batch) {
  const auto bytes = batch.Bytes();
  batch.Clear();
  std::vector<Frame> frames;
  for (size_t at = 0; at < bytes.size();) {
    Frame frame{bytes[at], "", ""};
    REQUIRE((bytes[at + 1] & 0x80) != 0);
    size_t size = bytes[at + 1] & 0x7f;
    REQUIRE(size != 127);
    at += 2;
    if (size == 126) {
      size = static_cast<size_t>(bytes[at]) << 8 | bytes[at + 1];
      REQUIRE(size > 125);
      at += 2;
    }
    frame.key.assign(bytes.begin() + static_cast<long>(at), bytes.begin() + static_cast<long>(at) + 4);
    at += 4;
    REQUIRE(at + size <= bytes.size());
    for (size_t i = 0; i < size; ++i) frame.payload += static_cast<char>(bytes[at + i] ^ frame.key[i % 4]);
    at += size;
    frames.push_back(std::move(frame));
  }
  return frames;
}

bool AddWhole(FrameBatch &batch, std::string_view message) {
  size_t offset = 0;
  return batch.Add(message, offset);
}

std::string Pattern(size_t size) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + i / 256);
  return text;
}

constexpr int kWholeText = 0x81;

}  // namespace

TEST_CASE("FrameBatch: a message of each length reads back as it was", "[websocket]") {
  FrameBatch batch;
  for (const size_t size : {0UL, 1UL, 3UL, 7UL, 8UL, 9UL, 124UL, 125UL, 126UL, 127UL, 255UL, 256UL, 4096UL, 65'527UL,
                            FrameBatch::kMaxWhole}) {
    CAPTURE(size);
    REQUIRE(batch.IsEmpty());
    REQUIRE(AddWhole(batch, Pattern(size)));
    CHECK(batch.Size() <= FrameBatch::kCapacity);
    const auto frames = Drain(batch);
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].first_byte == kWholeText);
    CHECK(frames[0].payload == Pattern(size));
  }
}

TEST_CASE("FrameBatch: messages share it, in order, each with a key of its own", "[websocket]") {
  FrameBatch batch;
  std::set<std::string> keys;
  for (size_t i = 0; i < 500; ++i) REQUIRE(AddWhole(batch, Pattern(i % 130)));
  const auto frames = Drain(batch);
  REQUIRE(frames.size() == 500);
  for (size_t i = 0; i < frames.size(); ++i) {
    CHECK(frames[i].first_byte == kWholeText);
    CHECK(frames[i].payload == Pattern(i % 130));
    keys.insert(frames[i].key);
  }
  // Two of 500 random keys are the same once in 34,000 runs, three of them practically never.
  CHECK(keys.size() >= 499);
}

TEST_CASE("FrameBatch: what fits into one batch is not cut, but waits for the next one", "[websocket]") {
  FrameBatch batch;
  REQUIRE(AddWhole(batch, Pattern(1000)));
  size_t offset = 0;
  const std::string whole = Pattern(FrameBatch::kMaxWhole);
  CHECK_FALSE(batch.Add(whole, offset));
  CHECK(offset == 0);
  CHECK(Drain(batch).size() == 1);
  CHECK(batch.Add(whole, offset));
  CHECK(Drain(batch)[0].payload == whole);
}

TEST_CASE("FrameBatch: a longer one is sent in fragments, the first of which fills the batch", "[websocket]") {
  const size_t before = GENERATE(0UL, 1000UL, 65'520UL, 65'521UL, 65'528UL);
  const std::string message = Pattern(3 * FrameBatch::kCapacity + 5);
  CAPTURE(before);
  FrameBatch batch;
  if (before > 0) REQUIRE(AddWhole(batch, Pattern(before)));
  size_t offset = 0;
  std::vector<Frame> frames;
  for (bool done = false; !done;) {
    done = batch.Add(message, offset);
    CHECK(batch.Size() <= FrameBatch::kCapacity);
    for (auto &frame : Drain(batch)) frames.push_back(std::move(frame));
  }
  CHECK(offset == message.size());
  if (before > 0) frames.erase(frames.begin());
  REQUIRE(frames.size() > 3);
  std::string joined;
  for (size_t i = 0; i < frames.size(); ++i) {
    CHECK(frames[i].first_byte == (i == 0 ? 0x01 : i + 1 == frames.size() ? 0x80 : 0x00));
    joined += frames[i].payload;
  }
  CHECK(joined == message);
}
