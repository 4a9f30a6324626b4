// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proxy/Exchange.hxx"

namespace lookout {

/** What the controller said in its welcome (docs/protocol.md, "welcome"). */
struct Welcome {
  /** Seconds between inventory refreshes, already brought within sane bounds; nullopt when not given. */
  std::optional<int64_t> poll_interval;
  std::string server_version;
  std::string compat_level;
};

/** Puts frames of an extension on the live session, in order, fairly beside the other streams. */
class FrameSender {
 public:
  virtual ~FrameSender() = default;
  /**
   * `data` is the JSON of the frame's data member. Always taken. Flow::Wait: the sender's budget is used up;
   * hold further frames back until OnSendable().
   */
  virtual Flow SendFrame(std::string_view type, std::string_view data) = 0;
  /** The largest `data` the peer can take, in bytes. */
  virtual size_t MaxFrameSize() const = 0;
};

/** A part of the agent that speaks on its own account once a session is up (inventory, metrics). */
class SessionExtension {
 public:
  virtual ~SessionExtension() = default;
  /** After welcome. `sender` lives until OnSessionEnded(). */
  virtual void OnSessionReady(FrameSender &sender, const Welcome &welcome) = 0;
  /** After Flow::Wait, there is room again. */
  virtual void OnSendable() = 0;
  virtual void OnSessionEnded() = 0;
};

}  // namespace lookout
