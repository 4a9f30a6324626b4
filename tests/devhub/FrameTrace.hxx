// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "base/JsonValue.hxx"

namespace lookout::devhub {

/** The last frames that went either way, for tests that check their order. */
class FrameTrace {
 public:
  struct Entry {
    uint64_t seq = 0;
    uint64_t connection = 0;
    std::string agent;
    bool incoming = true;
    int64_t unix_millis = 0;
    std::string type;  // "" for what is no frame
    size_t size = 0;
    std::string head;  // the first bytes, see SetKeptBytes()
  };

  void Add(Entry entry, std::string_view message);
  const std::deque<Entry> &Entries() const { return entries_; }
  /** How much of each later frame is kept; the default is 4 KiB. */
  void SetKeptBytes(size_t bytes) { kept_bytes_ = bytes; }
  /** The entries after `since`, as a JSON array; "" for agent or type means any. */
  std::string ToJson(uint64_t since, const std::string &agent, const std::string &type) const;

 private:
  static constexpr size_t kMaxEntries = 20'000;
  std::deque<Entry> entries_;
  uint64_t last_seq_ = 0;
  size_t kept_bytes_ = 4096;
};

}  // namespace lookout::devhub
