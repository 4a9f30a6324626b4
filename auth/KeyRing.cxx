// SPDX-License-Identifier: Apache-2.0
#include "auth/KeyRing.hxx"

#include <stdexcept>

namespace lookout {

namespace {

/** Those of `keys` that `others` does not list. */
std::vector<std::string> ListWithout(const AuthorizedKeys &keys, const AuthorizedKeys &others) {
  std::vector<std::string> names;
  for (const auto &[id, entry] : keys.Entries()) {
    if (others.Find(id) != nullptr) continue;
    names.push_back(entry.comment.empty() ? id : id + " (" + entry.comment + ")");
  }
  return names;
}

}  // namespace

KeyRing::KeyRing(std::string path) : path_(std::move(path)) {
  if (const auto loaded = Reload(); !loaded) throw std::runtime_error(loaded.error().message);
}

Result<KeyRing::Changes> KeyRing::Reload() {
  if (!IsConfigured()) return Changes{};
  auto fresh = LoadAuthorizedKeys(path_);
  if (!fresh) return tl::unexpected(fresh.error());
  Changes changes{ListWithout(*fresh, keys_), ListWithout(keys_, *fresh), fresh->Problems()};
  keys_ = std::move(*fresh);
  return changes;
}

}  // namespace lookout
