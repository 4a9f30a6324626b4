// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/Glob.hxx"
#include "agent/TagRules.hxx"
#include "base/Strings.hxx"
#include "tests/fuzz/Require.hxx"

using namespace lookout;

namespace {

/** By its definition, slowly: row p says what a pattern's first p bytes match. */
bool MatchesByTable(std::string_view pattern, std::string_view text) {
  std::vector<bool> row(text.size() + 1, false);
  row[0] = true;
  for (const char p : pattern) {
    std::vector<bool> next(text.size() + 1, false);
    if (p == '*') next[0] = row[0];
    for (size_t t = 0; t < text.size(); ++t) {
      const bool is_same = p == '?' || EqualsIgnoreCase({&p, 1}, text.substr(t, 1));
      next[t + 1] = p == '*' ? row[t + 1] || next[t] : row[t] && is_same;
    }
    row = std::move(next);
  }
  return row[text.size()];
}

}  // namespace

/** The first line is a tag, or a pattern; the second the label to it, or a text. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size > 400) return 0;
  const std::string_view input(reinterpret_cast<const char *>(data), size);
  const auto first = input.substr(0, input.find('\n'));
  const auto second = input.substr(std::min(first.size() + 1, input.size()));
  Require(MatchesGlob(first, second) == MatchesByTable(first, second), "a pattern matches by its definition");
  Require(!IsSpecificTag(first) || IsVersionTag(first), "only a version is specific");
  Require(IsVersionTag(first, "") == IsVersionTag(first), "without a formula nothing changes");
  const bool has_digit = first.find_first_of("0123456789") != std::string_view::npos;
  Require(has_digit || (!IsVersionTag(first) && !IsVersionTag(first, second)), "a version has a number");
  Require(IsVersionTag(first, second) || second.empty() || !has_digit, "with a formula a number makes a version");
  (void)WatchesDigest(first, second);
  return 0;
}
