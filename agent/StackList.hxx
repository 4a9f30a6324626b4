// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/JsonValue.hxx"

namespace lookout {

struct StackContainer {
  std::string id;
  std::string name;
  std::string state;
  std::string status;
};

/** One compose stack, as its containers and its directory tell of it. */
struct StackEntry {
  std::string name;
  /** Below STACKS_DIR; "" when it lies elsewhere. */
  std::string directory;
  std::map<std::string, std::vector<StackContainer>> services;
};

/** By the name of the compose project. */
using StackList = std::map<std::string, StackEntry>;

/** What the labels of `containers` (the engine's list) say. */
StackList GroupStacks(const JsonValue &containers, const std::string &stacks_dir);

/** Adds the directories of `stacks_dir` that no container has told of; only the first level is looked at. */
void AddStackDirectories(StackList &stacks, const std::string &stacks_dir);

}  // namespace lookout
