// SPDX-License-Identifier: Apache-2.0
#pragma once

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

}  // namespace lookout
