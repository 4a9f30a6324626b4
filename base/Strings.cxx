// SPDX-License-Identifier: Apache-2.0
#include "base/Strings.hxx"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "base/Utf8.hxx"

namespace lookout {

namespace {

constexpr std::string_view kWhiteSpace = " \t\r\n\v\f";

char LowerChar(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

int HexValue(char c) {
  const auto at = kHexDigits.find(LowerChar(c));
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

bool IsUnreserved(char c) {
  const char lower = LowerChar(c);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

void AppendHexEscape(std::string &out, char byte) {
  out += "\\x";
  out += kHexDigits[static_cast<unsigned char>(byte) >> 4];
  out += kHexDigits[static_cast<unsigned char>(byte) & 15];
}

void AppendAscii(std::string &out, char c, std::string_view marks) {
  const auto control = std::string_view("\n\r\t").find(c);
  if (marks.find(c) != std::string_view::npos) {
    out += '\\';
    out += c;
  } else if (control != std::string_view::npos) {
    out += '\\';
    out += "nrt"[control];
  } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
    AppendHexEscape(out, c);
  } else {
    out += c;
  }
}

/**
 * U+0080 to U+009F: terminals obey them like ESC sequences. U+2028, U+2029: some readers end a line there. U+202A to
 * U+202E, U+2066 to U+2069: they make the rest of a line look like another text.
 */
bool Acts(std::string_view character) {
  if (character[0] == '\xc2') return static_cast<unsigned char>(character[1]) < 0xa0;
  if (!character.starts_with("\xe2\x80") && !character.starts_with("\xe2\x81")) return false;
  const auto last = static_cast<unsigned char>(character[2]);
  return character[1] == '\x80' ? last >= 0xa8 && last <= 0xae : last >= 0xa6 && last <= 0xa9;
}

/** Escapes controls, bytes that are not UTF-8, and `marks`. */
std::string Escape(std::string_view text, size_t limit, std::string_view marks) {
  std::string out;
  const bool cut = text.size() > limit;
  if (cut) text = text.substr(0, limit);
  if (cut) text.remove_suffix(IncompleteUtf8Tail(text));
  while (!text.empty()) {
    const size_t length = Utf8Length(text);
    if (length == 1) {
      AppendAscii(out, text[0], marks);
    } else if (length == 0 || Acts(text)) {
      for (const char byte : text.substr(0, std::max<size_t>(length, 1))) AppendHexEscape(out, byte);
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  if (cut) out += "...";
  return out;
}

}  // namespace

std::string_view Trim(std::string_view text) {
  const auto first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos) return {};
  const auto last = text.find_last_not_of(kWhiteSpace);
  return text.substr(first, last - first + 1);
}

std::vector<std::string_view> SplitList(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find(separator);
    const auto part = Trim(text.substr(0, end));
    if (!part.empty()) parts.push_back(part);
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string ToLower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), LowerChar);
  return lower;
}

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return LowerChar(x) == LowerChar(y); });
}

std::optional<int64_t> ParseInt(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string ToHex(std::string_view bytes) {
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    hex += kHexDigits[value >> 4];
    hex += kHexDigits[value & 15];
  }
  return hex;
}

std::optional<std::string> PercentDecode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = HexValue(text[i + 1]);
    const int low = HexValue(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

std::string PercentEncode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (IsUnreserved(c)) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

std::string PrintableUnquoted(std::string_view text, size_t limit) {
  return Escape(text, limit, "\\");
}

std::string Printable(std::string_view text, size_t limit) {
  return Escape(text, limit, "\"\\");
}

}  // namespace lookout
