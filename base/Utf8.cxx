// SPDX-License-Identifier: Apache-2.0
#include "base/Utf8.hxx"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace lookout {

namespace {

constexpr uint64_t kHighBits = 0x8080808080808080U;

struct Lead {
  size_t length;      // of the whole sequence; 0: not a lead byte
  unsigned char low;  // bounds of the second byte
  unsigned char high;
};

/** RFC 3629, section 4. */
Lead ClassifyLead(unsigned char byte) {
  if (byte < 0x80) return {1, 0, 0};
  if (byte >= 0xc2 && byte <= 0xdf) return {2, 0x80, 0xbf};
  if (byte == 0xe0) return {3, 0xa0, 0xbf};
  if (byte == 0xed) return {3, 0x80, 0x9f};
  if (byte >= 0xe1 && byte <= 0xef) return {3, 0x80, 0xbf};
  if (byte == 0xf0) return {4, 0x90, 0xbf};
  if (byte >= 0xf1 && byte <= 0xf3) return {4, 0x80, 0xbf};
  if (byte == 0xf4) return {4, 0x80, 0x8f};
  return {0, 0, 0};
}

/** How many bytes here belong to one well-formed sequence from the first on; `complete` tells if all are there. */
size_t MatchSequence(std::string_view text, bool &complete) {
  const auto lead = ClassifyLead(static_cast<unsigned char>(text[0]));
  complete = false;
  if (lead.length == 0) return 0;
  size_t matched = 1;
  while (matched < lead.length && matched < text.size()) {
    const auto byte = static_cast<unsigned char>(text[matched]);
    const bool fits = matched == 1 ? byte >= lead.low && byte <= lead.high : (byte & 0xc0) == 0x80;
    if (!fits) return 0;
    ++matched;
  }
  complete = matched == lead.length;
  return matched;
}

}  // namespace

size_t Utf8Length(std::string_view text) {
  if (text.empty()) return 0;
  bool complete = false;
  const size_t length = MatchSequence(text, complete);
  return complete ? length : 0;
}

size_t ValidUtf8Prefix(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    uint64_t block = 0;
    if (text.size() - at >= sizeof block) {
      std::memcpy(&block, text.data() + at, sizeof block);
      if ((block & kHighBits) == 0) {
        at += sizeof block;
        continue;
      }
    }
    const size_t length = Utf8Length(text.substr(at));
    if (length == 0) return at;
    at += length;
  }
  return at;
}

size_t IncompleteUtf8Tail(std::string_view text) {
  for (size_t back = 1; back <= std::min<size_t>(3, text.size()); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xc0) == 0x80) continue;
    bool complete = false;
    const size_t matched = MatchSequence(text.substr(text.size() - back), complete);
    return !complete && matched == back ? back : 0;
  }
  return 0;
}

std::string ReplaceInvalidUtf8(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  while (true) {
    const size_t valid = ValidUtf8Prefix(text);
    clean.append(text.substr(0, valid));
    text.remove_prefix(valid);
    if (text.empty()) return clean;
    clean += "\xef\xbf\xbd";
    text.remove_prefix(1);
  }
}

}  // namespace lookout
