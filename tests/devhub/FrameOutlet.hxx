// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace lookout::devhub {

/** What the tables of a session need of it. */
class FrameOutlet {
 public:
  virtual ~FrameOutlet() = default;
  virtual void SendFrame(std::string_view type, std::string_view data) = 0;
  virtual std::string MakeId() = 0;
  /** As long as anybody holds, nothing is read from the agent. */
  virtual void SetHold(const std::string &holder, bool held) = 0;
  /** Requests, one-shot logs and deletes share one limit. */
  virtual bool HasRoomForPending() const = 0;
};

}  // namespace lookout::devhub
