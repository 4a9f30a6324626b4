// SPDX-License-Identifier: Apache-2.0
#include "proxy/AuditRoutes.hxx"

#include <algorithm>
#include <charconv>

#include "base/JsonWriter.hxx"
#include "base/Strings.hxx"
#include "proxy/AgentPath.hxx"
#include "proxy/TargetQuery.hxx"

namespace lookout {

namespace {

std::optional<uint64_t> ParseCursor(std::string_view text) {
  uint64_t cursor = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), cursor);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return cursor;
}

FullResponse MakeUncached(int status, std::string_view content_type, std::string body) {
  FullResponse response = MakeResponse(status, content_type, std::move(body));
  response.head.headers.Add("Cache-Control", "no-store");
  return response;
}

/** One request for records, and the answer to it. */
class Export {
 public:
  Export(const AuditRing &ring, const RequestHead &head) : ring_(ring), prefix_(DialectOf(head.Path()).header_prefix) {
    ReadQuery(head.Query());
  }

  FullResponse Answer() const {
    if (!fault_.empty()) return MakeTextResponse(400, fault_);
    if (cursor_ && ring_.Oldest() > 0 && *cursor_ < ring_.Oldest() - 1) {
      return Gap("audit cursor is older than the retained buffer");
    }
    if (cursor_ && *cursor_ > ring_.Latest()) return Gap("audit cursor is newer than the current buffer generation");
    return Records();
  }

 private:
  void ReadQuery(std::string_view query) {
    if (const auto cursor = FindQueryParameter(query, "cursor")) {
      cursor_ = ParseCursor(*cursor);
      if (!cursor_) fault_ = "invalid cursor";
    }
    const std::string limit = FindQueryParameter(query, "limit").value_or("");
    if (limit.empty() || !fault_.empty()) return;
    const auto number = ParseInt(limit);
    if (number && *number >= 0) {
      limit_ = static_cast<uint64_t>(*number);
    } else {
      fault_ = "invalid limit";
    }
  }

  void AddCursor(FullResponse &response, std::string_view name, uint64_t value) const {
    response.head.headers.Add(std::string(prefix_) + std::string(name), std::to_string(value));
  }

  void AddState(FullResponse &response, uint64_t next) const {
    AddCursor(response, "Oldest-Cursor", ring_.Oldest());
    AddCursor(response, "Latest-Cursor", ring_.Latest());
    AddCursor(response, "Next-Cursor", next);
    response.head.headers.Add(std::string(prefix_) + "Generation", ring_.Generation());
  }

  FullResponse Gap(std::string_view text) const {
    FullResponse response = MakeTextResponse(409, text);
    response.head.headers.Add("Cache-Control", "no-store");
    AddState(response, ring_.Oldest() > 0 ? ring_.Oldest() - 1 : 0);
    return response;
  }

  FullResponse Records() const {
    const uint64_t after = std::max(cursor_.value_or(0), ring_.Oldest() > 0 ? ring_.Oldest() - 1 : 0);
    const uint64_t there = ring_.Latest() - std::min(after, ring_.Latest());
    const uint64_t count = std::min({there, limit_ == 0 ? there : limit_, kMaxAuditAnswer});
    std::string lines;
    for (uint64_t i = 1; i <= count; ++i) lines += FormatAuditEntry(after + i, ring_.Get(after + i)) + "\n";
    FullResponse response = MakeUncached(200, "application/x-ndjson", std::move(lines));
    AddState(response, count > 0 ? after + count : cursor_.value_or(0));
    AddCursor(response, "Record-Count", count);
    return response;
  }

  const AuditRing &ring_;
  const std::string_view prefix_;
  std::optional<uint64_t> cursor_;
  uint64_t limit_ = 0;
  std::string fault_;
};

}  // namespace

std::unique_ptr<GetRoute::Work> AuditListRoute::Begin(const RequestHead &head, Respond respond) {
  const auto limit = ParseInt(FindQueryParameter(head.Query(), "limit").value_or(""));
  uint64_t count = std::min<uint64_t>(ring_.Size(), kMaxAuditAnswer);
  if (limit && *limit > 0) count = std::min(count, static_cast<uint64_t>(*limit));
  JsonWriter json;
  json.BeginObject().Key("records").BeginArray();
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t cursor = ring_.Latest() - i;
    json.Raw(FormatAuditEntry(cursor, ring_.Get(cursor)));
  }
  json.End().Key("count").Uint(count).End();
  ++reads_.succeeded;
  respond(MakeUncached(200, "application/json", json.Take() + "\n"));
  return nullptr;
}

std::unique_ptr<GetRoute::Work> AuditExportRoute::Begin(const RequestHead &head, Respond respond) {
  FullResponse response = Export(ring_, head).Answer();
  ++(response.head.status == 200 ? reads_.succeeded : reads_.failed);
  respond(std::move(response));
  return nullptr;
}

void AuditRoutes::AddTo(AgentRoutes &agent) {
  agent.Add("/audit", list_);
  AddExportTo(agent);
}

void AuditRoutes::AddExportTo(AgentRoutes &agent) {
  agent.Add("/audit/export", export_);
}

}  // namespace lookout
