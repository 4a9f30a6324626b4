// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/RapidJson.hxx"

// Needs the set-up above.
#include <rapidjson/document.h>

namespace lookout {

/** RapidJSON's own tree, to compare ours with. */
using RapidTree = rapidjson::GenericDocument<rapidjson::UTF8<>>;
using RapidValue = RapidTree::ValueType;

/** The tree of one text, without a limit of depth; nullopt when RapidJSON refuses it. */
template <unsigned kFlags>
std::optional<RapidTree> ReadRapidTree(std::string_view text) {
  // Not Parse(text, size), which would read over a byte order mark.
  rapidjson::MemoryStream stream(text.data(), text.size());
  RapidTree tree;
  tree.ParseStream<kFlags, rapidjson::UTF8<>>(stream);
  // A NUL is the end for it.
  if (tree.HasParseError() || stream.Tell() != text.size()) return std::nullopt;
  return tree;
}

/** The same all the way down, in the same order. (For RapidJSON an object in which a name repeats is not even itself.)
 */
inline bool AreSame(const RapidValue &a, const RapidValue &b) {
  if (a.IsObject() && b.IsObject()) {
    const auto members = a.GetObject();
    const auto others = b.GetObject();
    return std::equal(members.begin(), members.end(), others.begin(), others.end(), [](const auto &x, const auto &y) {
      return AreSame(x.name, y.name) && AreSame(x.value, y.value);
    });
  }
  if (a.IsArray() && b.IsArray()) {
    const auto items = a.GetArray();
    const auto others = b.GetArray();
    return std::equal(items.begin(), items.end(), others.begin(), others.end(), AreSame);
  }
  return a == b;
}

}  // namespace lookout
