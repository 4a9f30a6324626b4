// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace lookout::devhub {

/**
 * The session name of an agent: trimmed, lower case, every run of other characters than a-z, 0-9 and '-' made
 * one '-', none at the ends, at most 63 characters; "portwing-edge-<id>" when nothing is left.
 */
std::string MakeAgentSlug(std::string_view agent_name, std::string_view agent_id);

/** Which key a name belongs to: the first one that used it, also while nobody is connected. */
class NameTable {
 public:
  enum class Claim { Ok, OtherKey, Full };
  Claim TryClaim(const std::string &name, const std::string &key_id);
  /** A revoked key gives its names back. */
  void ReleaseKey(const std::string &key_id);

 private:
  static constexpr size_t kMaxNames = 10'000;
  std::map<std::string, std::string> owners_;
};

}  // namespace lookout::devhub
