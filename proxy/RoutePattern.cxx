// SPDX-License-Identifier: Apache-2.0
#include "proxy/RoutePattern.hxx"

#include <cassert>

namespace lookout {

namespace {

/** Takes "/segment" off the front, and gives the segment. */
std::string_view TakeSegment(std::string_view &path) {
  path.remove_prefix(1);
  const auto segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

}  // namespace

RoutePattern::RoutePattern(std::string_view text) {
  assert(text.starts_with('/'));
  while (!text.empty()) {
    const auto segment = TakeSegment(text);
    segments_.emplace_back(segment.starts_with('{') ? std::string_view() : segment);
  }
}

std::optional<std::vector<std::string_view>> RoutePattern::Match(std::string_view path) const {
  std::vector<std::string_view> arguments;
  for (const auto &expected : segments_) {
    if (!path.starts_with('/')) return std::nullopt;
    const auto segment = TakeSegment(path);
    if (!expected.empty() && segment != expected) return std::nullopt;
    if (!expected.empty()) continue;
    if (segment.empty()) return std::nullopt;
    arguments.push_back(segment);
  }
  if (!path.empty()) return std::nullopt;
  return arguments;
}

}  // namespace lookout
