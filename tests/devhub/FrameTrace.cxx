// SPDX-License-Identifier: Apache-2.0
#include "tests/devhub/FrameTrace.hxx"

#include "base/JsonWriter.hxx"

namespace lookout::devhub {

void FrameTrace::Add(Entry entry, std::string_view message) {
  entry.seq = ++last_seq_;
  entry.size = message.size();
  entry.head = message.substr(0, kept_bytes_);
  entries_.push_back(std::move(entry));
  if (entries_.size() > kMaxEntries) entries_.pop_front();
}

std::string FrameTrace::ToJson(uint64_t since, const std::string &agent, const std::string &type) const {
  JsonWriter json;
  json.BeginArray();
  for (const Entry &entry : entries_) {
    if (entry.seq <= since || (!agent.empty() && entry.agent != agent)) continue;
    if (!type.empty() && entry.type != type) continue;
    json.BeginObject().Key("seq").Uint(entry.seq).Key("connection").Uint(entry.connection);
    json.Member("agent", entry.agent).Member("direction", entry.incoming ? "in" : "out");
    json.Key("time").Int(entry.unix_millis).Member("type", entry.type);
    json.Key("size").Uint(entry.size).Member("text", entry.head).End();
  }
  json.End();
  return json.Take();
}

}  // namespace lookout::devhub
