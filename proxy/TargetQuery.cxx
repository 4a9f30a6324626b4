// SPDX-License-Identifier: Apache-2.0
#include "proxy/TargetQuery.hxx"

#include <algorithm>

#include "base/Strings.hxx"

namespace lookout {

namespace {

/** How many decimal digits `text` begins with. */
size_t CountDigits(std::string_view text) {
  return std::min(text.find_first_not_of("0123456789"), text.size());
}

std::string DecodeForm(std::string_view text) {
  std::string plain(text);
  std::replace(plain.begin(), plain.end(), '+', ' ');
  return PercentDecode(plain).value_or(plain);
}

}  // namespace

std::optional<std::string> FindQueryParameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    const auto mark = pair.find('=');
    if (DecodeForm(pair.substr(0, mark)) == name) {
      return DecodeForm(mark == std::string_view::npos ? std::string_view() : pair.substr(mark + 1));
    }
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
  }
  return std::nullopt;
}

bool IsDockerTrue(std::string_view value) {
  const std::string word = ToLower(Trim(value));
  return !(word.empty() || word == "0" || word == "no" || word == "false" || word == "none");
}

std::string_view StripApiVersion(std::string_view path) {
  if (!path.starts_with("/v")) return path;
  auto rest = path.substr(2);
  const size_t major = CountDigits(rest);
  if (major == 0 || rest.substr(major, 1) != ".") return path;
  rest.remove_prefix(major + 1);
  const size_t minor = CountDigits(rest);
  if (minor == 0 || rest.substr(minor, 1) != "/") return path;
  return rest.substr(minor);
}

}  // namespace lookout
