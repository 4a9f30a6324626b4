// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/Exchange.hxx"

namespace lookout {

/** Whatever a peer can put into one field of a record is cut to this many bytes. */
inline constexpr size_t kMaxAuditField = 4096;

/** One entry of the audit trail. Empty texts and absent numbers mean that there is nothing to say. */
struct AuditRecord {
  /** When the entry was made; the AuditJournal fills it in. */
  int64_t unix_millis = 0;
  /** "api_request", "exec_start", "container_delete", "auth_failure", "rate_limited", "enrollment", "compose_op", ...
   */
  std::string event;
  /** Who asked: the controller's URL, or the client's address behind trusted proxies. */
  std::string actor;
  /** How he proved himself, as in Origin. */
  std::string auth_method;
  std::string key_id;
  /** The client certificate that the connection showed, as in Origin. */
  std::string certificate;
  std::string request_id;
  std::string method;
  /** As it was asked for, never decoded; with its query when the tunnel carried it, without on the listener. */
  std::string path;
  /**
   * "allowed": carried out, the answer's status is below 400. "denied": refused by the engine or by policy (401,
   * 403, a limit). "error": any other status, or no answer of the engine at all (status 0 in the tunnel, what the
   * client was told on the listener). "cancelled": the asker went away before there was an answer.
   */
  std::string outcome;
  /** Why it was not "allowed". */
  std::string reason;
  std::optional<int> status;
  /** From the request's head to the answer's head; how long a stream then lasts is not part of it. */
  std::optional<int64_t> duration_ms;
  std::string operation;  // of a compose project
  std::string stack;
  std::string container;
  std::string exec_id;
};

/** A record with what the request tells of itself: actor, auth_method, key_id, certificate, request_id,
 * method, path. */
AuditRecord MakeAuditRecord(std::string_view event, const Request &request);

/** Cuts every text to kMaxAuditField bytes. */
void BoundAuditRecord(AuditRecord &record);

/**
 * The line of the audit log: time, level, msg, event, and what there is of the other members. CR and LF become a
 * backslash with r or n, so that a value never looks like a line of its own. Ends with LF.
 */
std::string FormatAuditLine(const AuditRecord &record);

/** The same for clients that ask for records: cursor, ts, event, ...; empty texts and zeros are left out. No LF. */
std::string FormatAuditEntry(uint64_t cursor, const AuditRecord &record);

}  // namespace lookout
