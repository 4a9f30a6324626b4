// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "agent/Setting.hxx"
#include "base/Strings.hxx"

namespace lookout {

namespace {

/** Insertions, removals, replacements and swaps of neighbours that turn one text into the other. */
size_t EditDistance(std::string_view from, std::string_view to) {
  std::vector<size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  std::vector<size_t> above;
  std::vector<size_t> two_above;
  for (size_t i = 1; i <= from.size(); ++i) {
    two_above = std::exchange(above, row);
    row[0] = i;
    for (size_t j = 1; j <= to.size(); ++j) {
      const size_t replaced = above[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, row[j - 1] + 1, above[j] + 1});
      const bool is_swap = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
      if (is_swap) row[j] = std::min(row[j], two_above[j - 2] + 1);
    }
  }
  return row.back();
}

}  // namespace

const Setting *FindSetting(std::string_view name) {
  const auto settings = AllSettings();
  const auto found = std::find_if(settings.begin(), settings.end(), [name](const Setting &setting) {
    return !name.empty() && (setting.name == name || setting.alias == name);
  });
  return found == settings.end() ? nullptr : &*found;
}

std::string_view FindSimilarSetting(std::string_view name) {
  constexpr size_t kLongestName = 64;
  const auto wanted = ToLower(name.substr(0, kLongestName));
  // A third of the letters wrong is another word.
  size_t best = wanted.size() / 3 + 1;
  std::string_view similar;
  for (const auto &setting : AllSettings()) {
    for (const auto candidate : {setting.name, setting.alias}) {
      const size_t length_difference =
          std::max(wanted.size(), candidate.size()) - std::min(wanted.size(), candidate.size());
      if (candidate.empty() || length_difference >= best) continue;
      const auto distance = EditDistance(wanted, ToLower(candidate));
      if (distance >= best) continue;
      best = distance;
      similar = candidate;
    }
  }
  return similar;
}

}  // namespace lookout
