// SPDX-License-Identifier: Apache-2.0
#include "tunnel/FrameBatch.hxx"

#include <algorithm>
#include <cstring>

namespace lookout {

namespace {

constexpr size_t kMaxShort = 125;
constexpr size_t kFinal = 0x80;
constexpr size_t kText = 1;
constexpr size_t kContinuation = 0;
constexpr size_t kMasked = 0x80;
constexpr size_t kLengthIn16Bits = 126;

constexpr size_t HeadSize(size_t payload) {
  return payload <= kMaxShort ? 6 : FrameBatch::kMaxHead;
}

/** Eight bytes a step: the key twice. */
void CopyMasked(std::string_view from, unsigned char *to, const std::array<unsigned char, 4> &key) {
  std::array<unsigned char, 8> twice{};
  std::copy(key.begin(), key.end(), twice.begin());
  std::copy(key.begin(), key.end(), twice.begin() + key.size());
  uint64_t mask = 0;
  std::memcpy(&mask, twice.data(), sizeof mask);
  size_t at = 0;
  for (; at + sizeof mask <= from.size(); at += sizeof mask) {
    uint64_t word = 0;
    std::memcpy(&word, from.data() + at, sizeof word);
    word ^= mask;
    std::memcpy(to + at, &word, sizeof word);
  }
  for (; at < from.size(); ++at) to[at] = static_cast<unsigned char>(from[at]) ^ key[at % key.size()];
}

}  // namespace

FrameBatch::FrameBatch() : buffer_(std::make_unique_for_overwrite<unsigned char[]>(kHeadroom + kCapacity)) {}

bool FrameBatch::Add(std::string_view message, size_t &offset) {
  const std::string_view rest = message.substr(offset);
  const size_t room = kCapacity - size_;
  const bool fits = HeadSize(rest.size()) + rest.size() <= room;
  if (!fits && (message.size() <= kMaxWhole || room <= kMaxHead)) return false;
  const std::string_view payload = fits ? rest : rest.substr(0, room - kMaxHead);
  AddFrame(payload, offset == 0, fits);
  offset += payload.size();
  return fits;
}

void FrameBatch::AddFrame(std::string_view payload, bool is_first, bool is_last) {
  AddByte((is_last ? kFinal : 0) | (is_first ? kText : kContinuation));
  if (payload.size() <= kMaxShort) {
    AddByte(kMasked | payload.size());
  } else {
    AddByte(kMasked | kLengthIn16Bits);
    AddByte(payload.size() >> 8);
    AddByte(payload.size() & 0xff);
  }
  Key key{};
  keys_.Fill(key);
  for (const auto byte : key) AddByte(byte);
  CopyMasked(payload, buffer_.get() + kHeadroom + size_, key);
  size_ += payload.size();
}

void FrameBatch::AddByte(size_t value) {
  buffer_[kHeadroom + size_++] = static_cast<unsigned char>(value);
}

}  // namespace lookout
