// SPDX-License-Identifier: Apache-2.0
#include "agent/TagRules.hxx"

#include <algorithm>
#include <optional>
#include <vector>

#include "agent/ImageRef.hxx"
#include "base/Strings.hxx"

namespace lookout {

namespace {

/** The limits of the semver library: longer numbers are no number, and larger ones than a double holds no version. */
constexpr size_t kMaxDigits = 16;
constexpr int64_t kMaxNumber = (int64_t{1} << 53) - 1;

size_t CountDigits(std::string_view text) {
  return static_cast<size_t>(std::find_if_not(text.begin(), text.end(), IsDigit) - text.begin());
}

/** The numbers of "N.N.N..." at the start of `text`, which moves behind them. */
std::vector<std::string_view> TakeNumbers(std::string_view &text) {
  std::vector<std::string_view> numbers;
  while (true) {
    const bool first = numbers.empty();
    if (!first && !text.starts_with('.')) return numbers;
    const size_t digits = CountDigits(text.substr(first ? 0 : 1));
    if (digits == 0) return numbers;
    numbers.push_back(text.substr(first ? 0 : 1, digits));
    text.remove_prefix(digits + (first ? 0 : 1));
  }
}

bool IsSafeNumber(std::string_view digits) {
  const auto value = ParseInt(digits);
  return value && *value <= kMaxNumber;
}

/** Identifiers of letters, digits and hyphens, joined by dots, none empty. */
bool IsIdentifierList(std::string_view text) {
  if (text.empty() || text.front() == '.' || text.back() == '.' || text.find("..") != std::string_view::npos) {
    return false;
  }
  return std::all_of(text.begin(), text.end(), [](char c) {
    return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.';
  });
}

bool IsLooseSuffix(std::string_view text) {
  const size_t plus = text.find('+');
  if (plus != std::string_view::npos && !IsIdentifierList(text.substr(plus + 1))) return false;
  std::string_view prerelease = text.substr(0, plus);
  if (prerelease.starts_with('-') && prerelease.size() > 1) prerelease.remove_prefix(1);
  return prerelease.empty() || IsIdentifierList(prerelease);
}

bool IsLongVersion(std::string_view tag) {
  if (tag.starts_with('v')) tag.remove_prefix(1);
  return TakeNumbers(tag).size() >= 4 && tag.empty();
}

bool IsLooseVersion(std::string_view tag) {
  tag.remove_prefix(std::min(tag.find_first_not_of("=v"), tag.size()));
  std::string_view rest = tag;
  auto numbers = TakeNumbers(rest);
  if (numbers.size() < 3) return false;
  numbers.resize(3);
  const size_t end = static_cast<size_t>(numbers.back().data() + numbers.back().size() - tag.data());
  return std::all_of(numbers.begin(), numbers.end(), IsSafeNumber) && IsLooseSuffix(tag.substr(end));
}

bool IsStrictNumber(std::string_view digits) {
  return IsSafeNumber(digits) && (digits.size() == 1 || digits.front() != '0');
}

/** The first number of usable length, with up to two more behind dots, must be numbers without leading zeros. */
bool IsCoercible(std::string_view tag) {
  while (true) {
    tag.remove_prefix(std::min(tag.find_first_of("0123456789"), tag.size()));
    if (tag.empty()) return false;
    if (CountDigits(tag) <= kMaxDigits) break;
    tag.remove_prefix(CountDigits(tag));
  }
  auto numbers = TakeNumbers(tag);
  if (numbers.size() > 3) numbers.resize(3);
  const auto long_one =
      std::find_if(numbers.begin(), numbers.end(), [](auto digits) { return digits.size() > kMaxDigits; });
  return std::all_of(numbers.begin(), long_one, IsStrictNumber);
}

}  // namespace

bool IsVersionTag(std::string_view tag) {
  return IsLongVersion(tag) || IsLooseVersion(tag) || IsCoercible(tag);
}

bool IsVersionTag(std::string_view tag, std::string_view transform) {
  const bool has_number = tag.find_first_of("0123456789") != std::string_view::npos;
  return IsVersionTag(tag) || (!transform.empty() && has_number);
}

bool IsSpecificTag(std::string_view tag) {
  if (!IsVersionTag(tag)) return false;
  tag.remove_prefix(std::min(tag.find_first_of("0123456789"), tag.size()));
  return TakeNumbers(tag).size() >= 3;
}

bool WatchesDigest(std::string_view tag, std::string_view label) {
  if (!label.empty()) return EqualsIgnoreCase(Trim(label), "true");
  return !tag.empty() && tag != kUnknownTag;
}

}  // namespace lookout
