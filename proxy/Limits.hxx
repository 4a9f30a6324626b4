// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>

/** What an HTTP/1.1 peer can make us hold or wait for, and why it is that much. */
namespace lookout {

/**
 * A whole request or response head. Docker's clients put registry credentials in headers, a few KiB; twice the
 * largest single value that browsers and proxies send is room enough, and 256 connections stay under 16 MiB.
 */
inline constexpr size_t kMaxHttpHead = 64 * 1024;
/** Header fields in one head, so that a head cannot consist of thousands of tiny allocations. */
inline constexpr size_t kMaxHttpFields = 128;
/** A chunk-size line with its extensions; nobody uses extensions, so only room for the size and a little more. */
inline constexpr size_t kMaxChunkLine = 256;
/** All trailer fields of a chunked body together; those of a request are read over. */
inline constexpr size_t kMaxTrailers = 8 * 1024;
/** Interim (1xx) answers before the final one; an engine sends none or one. */
inline constexpr unsigned kMaxInterimAnswers = 8;

/** One read from a socket. Docker writes exec output and logs in pieces of at most this size. */
inline constexpr size_t kReadSize = 32 * 1024;

/** For a connection to the engine, and for its answer's head once the request is written. */
inline constexpr std::chrono::seconds kHijackDeadline{10};
/** Between two attempts to connect to a unix socket whose queue of connections is full. */
inline constexpr std::chrono::milliseconds kConnectRetry{20};

/** Request bytes read ahead on one inbound connection: body not taken yet, or the next requests in the line. */
inline constexpr size_t kInboundReadAhead = 64 * 1024;
/** Unsent bytes of one inbound connection above which its source waits, and below which it goes on. */
inline constexpr size_t kInboundHighWater = 64 * 1024;
inline constexpr size_t kInboundLowWater = 16 * 1024;
/** After our last byte: how long a client that still sends is read and ignored, so that it sees our answer. */
inline constexpr std::chrono::seconds kLinger{2};

/** For a request body that is read before anything is done with it: this long for each so many bytes begun. */
inline constexpr std::chrono::seconds kBodyDeadline{10};
inline constexpr size_t kBodyPace = size_t{1} << 20;

/** A signed body, which is held until its signature is verified: more than this, in all or in memory, is too much. */
inline constexpr size_t kMaxHeldBody = size_t{64} << 20;
inline constexpr size_t kMaxHeldInMemory = size_t{256} << 10;
/** Bodies held at a time: 16 MiB of memory at most, and, for large ones, 512 MiB of disk. */
inline constexpr unsigned kMaxHeldBodies = 64;
inline constexpr unsigned kMaxHeldFiles = 8;

/** Token hashes that are being derived, each with up to 256 MiB of memory and two seconds of a processor. */
inline constexpr unsigned kMaxDerivations = 2;
/** Tokens that wait for their turn, and of these, how many one address may have presented. */
inline constexpr size_t kMaxWaitingTokens = 8;
inline constexpr size_t kMaxTokensOfAddress = 4;

/** The body of an enrollment; a token and a key need a few hundred bytes. */
inline constexpr size_t kMaxEnrollmentBody = size_t{64} << 10;

}  // namespace lookout
