// SPDX-License-Identifier: Apache-2.0
#include "proxy/AuditRecord.hxx"

#include <array>

#include "base/JsonWriter.hxx"
#include "base/Log.hxx"

namespace lookout {

namespace {

using TextField = std::string AuditRecord::*;

constexpr std::array<TextField, 14> kTexts = {
    &AuditRecord::event,      &AuditRecord::actor,       &AuditRecord::auth_method, &AuditRecord::key_id,
    &AuditRecord::request_id, &AuditRecord::method,      &AuditRecord::path,        &AuditRecord::outcome,
    &AuditRecord::reason,     &AuditRecord::operation,   &AuditRecord::stack,       &AuditRecord::container,
    &AuditRecord::exec_id,    &AuditRecord::certificate,
};

std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\n') {
      escaped += "\\n";
    } else if (c == '\r') {
      escaped += "\\r";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

}  // namespace

AuditRecord MakeAuditRecord(std::string_view event, const Request &request) {
  AuditRecord record;
  record.event = event;
  record.actor = request.origin.actor;
  record.auth_method = request.origin.auth_method;
  record.key_id = request.origin.key_id;
  record.certificate = request.origin.certificate_subject;
  record.request_id = request.id;
  record.method = request.head.method;
  // A query can hold what is nobody's business (build arguments); the tunnel's records have always had it.
  record.path = request.origin.transport == Origin::Transport::Listener ? request.head.Path()
                                                                        : std::string_view(request.head.target);
  BoundAuditRecord(record);
  return record;
}

void BoundAuditRecord(AuditRecord &record) {
  for (const auto field : kTexts) {
    // A new string: a shortened one would keep the memory of the whole text for as long as the record.
    if ((record.*field).size() > kMaxAuditField) record.*field = (record.*field).substr(0, kMaxAuditField);
  }
}

std::string FormatAuditLine(const AuditRecord &record) {
  JsonWriter json;
  json.BeginObject().Member("time", FormatTimestamp(record.unix_millis)).Member("level", "INFO").Member("msg", "");
  const auto text = [&json](std::string_view name, const std::string &value) {
    json.OptionalMember(name, Escaped(value));
  };
  json.Member("event", Escaped(record.event));
  text("actor", record.actor);
  text("method", record.method);
  text("path", record.path);
  text("outcome", record.outcome);
  if (record.status) json.Key("status").Int(*record.status);
  if (record.duration_ms) json.Key("duration_ms").Int(*record.duration_ms);
  text("operation", record.operation);
  text("stack", record.stack);
  text("container", record.container);
  text("exec_id", record.exec_id);
  text("key_id", record.key_id);
  text("auth_method", record.auth_method);
  text("certificate", record.certificate);
  text("reason", record.reason);
  text("request_id", record.request_id);
  return json.End().Take() + "\n";
}

std::string FormatAuditEntry(uint64_t cursor, const AuditRecord &record) {
  JsonWriter json;
  json.BeginObject().Key("cursor").Uint(cursor).Member("ts", FormatTimestamp(record.unix_millis));
  json.Member("event", record.event).OptionalMember("actor", record.actor);
  json.OptionalMember("method", record.method).OptionalMember("path", record.path);
  json.OptionalMember("outcome", record.outcome);
  if (record.status.value_or(0) != 0) json.Key("status").Int(*record.status);
  if (record.duration_ms.value_or(0) != 0) json.Key("duration_ms").Int(*record.duration_ms);
  json.OptionalMember("operation", record.operation).OptionalMember("stack", record.stack);
  json.OptionalMember("container", record.container).OptionalMember("exec_id", record.exec_id);
  json.OptionalMember("key_id", record.key_id).OptionalMember("auth_method", record.auth_method);
  json.OptionalMember("certificate", record.certificate);
  json.OptionalMember("reason", record.reason).OptionalMember("request_id", record.request_id);
  return json.End().Take();
}

}  // namespace lookout
