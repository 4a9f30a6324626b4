// SPDX-License-Identifier: Apache-2.0
#include "base/JsonText.hxx"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/Strings.hxx"
#include "base/Utf8.hxx"

namespace lookout {

namespace {

/** For each byte: 0 to copy it, 'u' for a \u00XX escape, or the letter behind the backslash. */
constexpr auto kEscapes = [] {
  std::array<char, 256> table{};
  for (size_t i = 0; i < 0x20; ++i) table[i] = 'u';
  table['\b'] = 'b';
  table['\t'] = 't';
  table['\n'] = 'n';
  table['\f'] = 'f';
  table['\r'] = 'r';
  table['"'] = '"';
  table['\\'] = '\\';
  return table;
}();

char EscapeOf(char c) {
  return kEscapes[static_cast<uint8_t>(c)];
}

void AppendEscape(std::string &out, char c) {
  out += '\\';
  out += EscapeOf(c);
  if (EscapeOf(c) != 'u') return;
  out += "00";
  out += kHexDigits[static_cast<uint8_t>(c) >> 4];
  out += kHexDigits[static_cast<uint8_t>(c) & 15];
}

void AppendValid(std::string &out, std::string_view text) {
  size_t copied = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (EscapeOf(text[i]) == 0) continue;
    out.append(text, copied, i - copied);
    AppendEscape(out, text[i]);
    copied = i + 1;
  }
  out.append(text, copied);
}

size_t ValidSize(std::string_view text) {
  size_t size = text.size();
  for (const char c : text) size += EscapeOf(c) == 0 ? 0U : EscapeOf(c) == 'u' ? 5U : 1U;
  return size;
}

}  // namespace

void AppendJsonString(std::string &out, std::string_view text) {
  out += '"';
  while (true) {
    const size_t valid = ValidUtf8Prefix(text);
    AppendValid(out, text.substr(0, valid));
    text.remove_prefix(valid);
    if (text.empty()) break;
    out += "\xef\xbf\xbd";
    text.remove_prefix(1);
  }
  out += '"';
}

size_t JsonStringSize(std::string_view text) {
  size_t size = 2;
  while (true) {
    const size_t valid = ValidUtf8Prefix(text);
    size += ValidSize(text.substr(0, valid));
    text.remove_prefix(valid);
    if (text.empty()) return size;
    size += 3;
    text.remove_prefix(1);
  }
}

std::string EscapeJsonMarkup(std::string_view json) {
  constexpr std::string_view kSeparatorStart = "\xE2\x80";
  std::string out;
  out.reserve(json.size() + json.size() / 32);
  while (!json.empty()) {
    const size_t plain = std::min(json.find_first_of("<>&\xE2"), json.size());
    out.append(json.substr(0, plain));
    json.remove_prefix(plain);
    if (json.empty()) break;
    const bool is_separator = json.starts_with(kSeparatorStart) && json.size() > 2 && (json[2] | 1) == '\xA9';
    if (is_separator) {
      out += json[2] == '\xA8' ? "\\u2028" : "\\u2029";
    } else if (json[0] == '\xE2') {
      out += json[0];
    } else {
      out += "\\u00";
      out += kHexDigits[static_cast<uint8_t>(json[0]) >> 4];
      out += kHexDigits[static_cast<uint8_t>(json[0]) & 15];
    }
    json.remove_prefix(is_separator ? 3 : 1);
  }
  return out;
}

}  // namespace lookout
