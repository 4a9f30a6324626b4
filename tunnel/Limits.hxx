// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>

/** Every bound of the tunnel, with its reason. */
namespace lookout::limits {

constexpr size_t kKiB = 1024;
constexpr size_t kMiB = 1024 * kKiB;

/** What either side accepts in one WebSocket message; a larger one makes the receiver close with 1009. */
constexpr size_t kMaxMessage = 16 * kMiB;
/** What we send at most: the peer's limit, less room for nothing to be cut close. */
constexpr size_t kMaxOutbound = kMaxMessage - 64 * kKiB;

/** Plain requests and, counted apart because an abandoned follow never ends, streaming ones. */
constexpr size_t kMaxRequests = 100;
constexpr size_t kMaxStreams = 100;
constexpr size_t kMaxExecSessions = 100;
constexpr size_t kMaxLogStreams = 128;
/** One-shot logs and removals. */
constexpr size_t kMaxCalls = 100;

/** Raw bytes in one stream frame: 43 KiB on the wire, one write, so that a small answer never waits long behind it. */
constexpr size_t kStreamChunk = 32 * kKiB;
/** Raw bytes in one exec_output frame; small, since somebody watches it arrive. */
constexpr size_t kExecChunk = 32 * kKiB;
/** Text in one log chunk frame. */
constexpr size_t kLogChunk = 48 * kKiB;
/** Encoded bytes that one stream may have waiting before its source is no longer read. */
constexpr size_t kLaneBudget = 256 * kKiB;
/** Replies up to this size overtake streams. */
constexpr size_t kSmallReply = 16 * kKiB;
/** Unsent control frames at which we stop reading a peer that asks and asks but does not listen. */
constexpr size_t kMaxControlBytes = 4 * kMiB;

/** Bytes of input an exec session may have waiting: a whole message's worth, for a paste before the start. */
constexpr size_t kMaxExecInput = kMaxMessage;
/** The newest part of a one-shot log that is kept. */
constexpr size_t kMaxLogText = 8 * kMiB;
/** The longest Docker log record we hold together; longer ones are passed on in pieces. */
constexpr size_t kMaxErrorBody = 64 * kKiB;

/** A quiet stream says that it is alive before the controller's 30 s run out. */
constexpr std::chrono::seconds kStreamKeepAlive{20};
/** How long a follow without a stream may collect (protocol: one-shot logs). */
constexpr std::chrono::seconds kFollowWindow{5};
constexpr std::chrono::seconds kFollowGrace{2};
/** A session that lived this long counts as stable: the delay before the next attempt starts small again. */
constexpr std::chrono::seconds kStableSession{30};
/** For the last frames and the close handshake on shutdown. */
constexpr std::chrono::seconds kShutdownGrace{3};

}  // namespace lookout::limits
