// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

namespace lookout {

/**
 * What somebody has still to be told of containers: for each at most one change, the latest, so that a burst of
 * changes of one container takes no more room than one.
 */
class PendingChanges {
 public:
  enum class Kind { Added, Updated, Removed };
  struct Change {
    std::string id;
    Kind kind = Kind::Added;
    /** Of a removed container, which cannot be looked up any more. */
    std::string name;
  };

  /** One that has not been told yet stays new, however often it changes. */
  void Note(Change change);
  bool IsEmpty() const { return changes_.empty(); }
  size_t Size() const { return changes_.size(); }
  /** Removes and returns one; there must be one. */
  Change Take();
  void Clear() { changes_.clear(); }

 private:
  std::map<std::string, Change> changes_;  // by id
};

}  // namespace lookout
