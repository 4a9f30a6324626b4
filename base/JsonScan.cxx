// SPDX-License-Identifier: Apache-2.0
#include "base/JsonScan.hxx"

#include <bit>
#include <cstdint>
#include <cstring>

#include "base/JsonValue.hxx"
#include "base/Strings.hxx"
#include "base/Utf8.hxx"

namespace lookout {

namespace {

constexpr size_t kDoubleDigits = 15;
constexpr int64_t kMaxSafeInteger = int64_t{1} << 53;

constexpr uint64_t kOnes = 0x0101010101010101U;
constexpr uint64_t kTopBits = 0x8080808080808080U;

/** Marks in the high bits which bytes are zero (x - 1 borrows into the high bit), and perhaps some above a zero. */
uint64_t ZeroBytes(uint64_t block) {
  return (block - kOnes) & ~block & kTopBits;
}

/** Marks the bytes of these eight at which a string ends, escapes, leaves ASCII or is broken. */
uint64_t SpecialBytes(const char *from) {
  uint64_t block = 0;
  std::memcpy(&block, from, sizeof block);
  const uint64_t control = (block - kOnes * 0x20) & ~block & kTopBits;
  return (block & kTopBits) | control | ZeroBytes(block ^ (kOnes * '"')) | ZeroBytes(block ^ (kOnes * '\\'));
}

bool IsHexDigit(char c) {
  return IsDigit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/** A cursor over the text. Each step returns false when the text is not plain there. */
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  /** The whole text; iterative, with one bit for each open container. */
  bool ScanText() {
    SkipSpace();
    if (!Open()) return false;
    while (depth_ > 0) {
      if (!ScanMember()) return false;
    }
    SkipSpace();
    return at_ == text_.size();
  }

 private:
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool Take(char c) {
    if (Peek() != c) return false;
    ++at_;
    return true;
  }

  void SkipSpace() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) {
      ++at_;
    }
  }

  bool Open() {
    const bool is_object = Peek() == '{';
    if ((!is_object && Peek() != '[') || depth_ == JsonLimits::kMaxDepth) return false;
    ++at_;
    ++depth_;
    objects_ = objects_ << 1 | (is_object ? 1U : 0U);
    SkipSpace();
    is_first_ = true;
    return true;
  }

  bool InObject() const { return (objects_ & 1) != 0; }

  /** The end of the innermost container, or its next element. */
  bool ScanMember() {
    if (Take(InObject() ? '}' : ']')) {
      --depth_;
      objects_ >>= 1;
      is_first_ = false;
      SkipSpace();
      return true;
    }
    if (!is_first_ && !TakeComma()) return false;
    is_first_ = false;
    return (!InObject() || ScanKey()) && ScanValue();
  }

  bool TakeComma() {
    if (!Take(',')) return false;
    SkipSpace();
    return true;
  }

  bool ScanKey() {
    if (!ScanString()) return false;
    SkipSpace();
    if (!Take(':')) return false;
    SkipSpace();
    return true;
  }

  /** Up to the next separator, or to the first element of a container. */
  bool ScanValue() {
    if (Peek() == '{' || Peek() == '[') return Open();
    if (!ScanScalar()) return false;
    SkipSpace();
    return true;
  }

  bool ScanScalar() {
    switch (Peek()) {
      case '"': return ScanString();
      case 't': return ScanWord("true");
      case 'f': return ScanWord("false");
      case 'n': return ScanWord("null");
      default: return ScanNumber();
    }
  }

  bool ScanWord(std::string_view word) {
    if (text_.compare(at_, word.size(), word) != 0) return false;
    at_ += word.size();
    return true;
  }

  bool ScanNumber() {
    const size_t start = at_;
    Take('-');
    if (!Take('0') && !ScanDigits()) return false;
    const auto digits = text_.substr(start, at_ - start);
    if (Peek() != '.' && digits.size() <= kDoubleDigits && digits != "-0") return true;
    if (Take('.') && !ScanDigits()) return false;
    return SurvivesAsDouble(text_.substr(start, at_ - start));
  }

  bool ScanDigits() {
    const size_t start = at_;
    while (IsDigit(Peek())) ++at_;
    return at_ > start;
  }

  bool ScanString() {
    if (!Take('"')) return false;
    while (true) {
      SkipPlainBytes();
      const auto c = static_cast<unsigned char>(Peek());
      if (c == '"') return Take('"');
      if (c == '\\') {
        if (!ScanEscape()) return false;
      } else if (c >= 0x80) {
        const size_t length = Utf8Length(text_.substr(at_));
        if (length == 0) return false;
        at_ += length;
      } else if (c < 0x20) {
        return false;  // a control character, or the end of the text
      } else {
        ++at_;
      }
    }
  }

  /** Goes to the next byte that is not printable ASCII, or is a quote or backslash; near the end of the text not quite.
   */
  void SkipPlainBytes() {
    while (text_.size() - at_ >= sizeof(uint64_t)) {
      const uint64_t special = SpecialBytes(text_.data() + at_);
      if (special != 0) {
        // The lowest mark is exact, those above it may be borrowed.
        if constexpr (std::endian::native == std::endian::little)
          at_ += static_cast<size_t>(std::countr_zero(special)) / 8;
        return;
      }
      at_ += sizeof(uint64_t);
    }
  }

  bool ScanEscape() {
    if (text_.size() - at_ < 2) return false;
    const char kind = text_[at_ + 1];
    if (kind != 'u') {
      at_ += 2;
      return std::string_view("\"\\/bfnrt").find(kind) != std::string_view::npos;
    }
    if (text_.size() - at_ < 6) return false;
    const auto digits = text_.substr(at_ + 2, 4);
    for (const char digit : digits) {
      if (!IsHexDigit(digit)) return false;
    }
    at_ += 6;
    const bool may_be_surrogate = (digits[0] | 0x20) == 'd' && digits[1] >= '8';
    return !may_be_surrogate;
  }

  const std::string_view text_;
  size_t at_ = 0;
  unsigned depth_ = 0;
  uint64_t objects_ = 0;
  bool is_first_ = false;
};

static_assert(JsonLimits::kMaxDepth <= 64, "the scanner keeps one bit for each level");

}  // namespace

bool IsPlainJson(std::string_view text) {
  return Scanner(text).ScanText();
}

bool SurvivesAsDouble(std::string_view number) {
  if (number.find_first_of(".eE") == std::string_view::npos) {
    const auto value = ParseInt(number);
    return value && *value <= kMaxSafeInteger && *value >= -kMaxSafeInteger && number != "-0";
  }
  if (number.find_first_of("eE") != std::string_view::npos || number.ends_with('0')) return false;
  const std::string_view magnitude = number.substr(number.starts_with('-') ? 1 : 0);
  // Below a millionth JavaScript prints an exponent.
  return magnitude.size() <= kDoubleDigits + 1 && !magnitude.starts_with("0.000000");
}

}  // namespace lookout
