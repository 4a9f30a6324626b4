// SPDX-License-Identifier: Apache-2.0
#include "agent/PendingChanges.hxx"

namespace lookout {

void PendingChanges::Note(Change change) {
  const auto [entry, is_new] = changes_.try_emplace(change.id, change);
  const bool stays_new = !is_new && entry->second.kind == Kind::Added && change.kind == Kind::Updated;
  if (!stays_new) entry->second = std::move(change);
}

PendingChanges::Change PendingChanges::Take() {
  return std::move(changes_.extract(changes_.begin()).mapped());
}

}  // namespace lookout
