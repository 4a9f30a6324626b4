// SPDX-License-Identifier: Apache-2.0
#include "tests/devhub/NameTable.hxx"

#include "base/Strings.hxx"

namespace lookout::devhub {

namespace {

constexpr size_t kMaxSlug = 63;

bool IsSlugCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

}  // namespace

std::string MakeAgentSlug(std::string_view agent_name, std::string_view agent_id) {
  std::string slug;
  for (const char c : ToLower(Trim(agent_name))) {
    if (IsSlugCharacter(c)) {
      slug += c;
    } else if (!slug.empty() && slug.back() != '-') {
      slug += '-';
    }
  }
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
  slug.resize(slug.size() < kMaxSlug ? slug.size() : kMaxSlug);
  return slug.empty() ? "portwing-edge-" + std::string(agent_id) : slug;
}

NameTable::Claim NameTable::TryClaim(const std::string &name, const std::string &key_id) {
  const auto found = owners_.find(name);
  if (found != owners_.end()) return found->second == key_id ? Claim::Ok : Claim::OtherKey;
  if (owners_.size() >= kMaxNames) return Claim::Full;
  owners_.emplace(name, key_id);
  return Claim::Ok;
}

void NameTable::ReleaseKey(const std::string &key_id) {
  std::erase_if(owners_, [&](const auto &entry) { return entry.second == key_id; });
}

}  // namespace lookout::devhub
