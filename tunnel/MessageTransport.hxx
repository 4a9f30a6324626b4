// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lookout {

/** What the upgrade response told. */
struct UpgradeInfo {
  /** The Date header in Unix seconds, only when the peer's TLS certificate was verified. */
  std::optional<int64_t> verified_date;
  /** "203.0.113.5:443", for the log. */
  std::string peer;
};

/** Why there is no connection (any more). */
struct CloseInfo {
  enum class Phase {
    Resolve,  // name look-up failed
    Connect,  // TCP, proxy or TLS
    Upgrade,  // an HTTP answer other than 101, or none in time
    Open,     // the connection was up
  };
  Phase phase = Phase::Connect;
  /** The HTTP status of a refused upgrade, else 0. */
  int http_status = 0;
  /** Retry-After of that answer in seconds, else nullopt. */
  std::optional<int64_t> retry_after;
  /** WebSocket close code sent by the peer, else 0; libwebsockets turns 1012, 1013 and 1014 into 1002. */
  int close_code = 0;
  /** For the user: what happened, naming host, address, proxy or certificate as far as they matter. */
  std::string message;
};

/** The user of a transport. Calls come from the loop. */
class TransportHandler {
 public:
  virtual ~TransportHandler() = default;
  virtual void OnOpen(const UpgradeInfo &info) = 0;
  /** One whole message; text and binary alike. The view is valid during the call. */
  virtual void OnMessage(std::string_view message) = 0;
  /** Any bytes at all have arrived, control frames included: the peer is alive. */
  virtual void OnActivity() = 0;
  /** Bytes of ours have been taken by the kernel: the peer's side accepts data. */
  virtual void OnProgress() = 0;
  /** The next text message to send, after RequestWrite(); nullopt when there is none. */
  virtual std::optional<std::string> NextMessage() = 0;
  /** NextMessage() had nothing, and the kernel has taken all that was handed out before. Once or more often. */
  virtual void OnDrained() = 0;
  /** The end, exactly once for each transport that was started; nothing follows. */
  virtual void OnClosed(const CloseInfo &info) = 0;
};

/**
 * One WebSocket connection attempt and, if it succeeds, the connection. Destroying it drops the connection at
 * once and silences the handler; it must not be destroyed from inside a call to its handler.
 */
class MessageTransport {
 public:
  virtual ~MessageTransport() = default;
  /** There is something for NextMessage(). Cheap to call often. */
  virtual void RequestWrite() = 0;
  /** Sends a close frame after what has been handed out, then ends; OnClosed follows within a few seconds. */
  virtual void Close(uint16_t code, std::string_view reason) = 0;
  /** Last resort against a peer that floods us and does not read: stops reading the socket. */
  virtual void PauseReading(bool pause) = 0;
};

}  // namespace lookout
