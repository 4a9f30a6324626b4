// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <vector>

#include "tunnel/OutboundQueue.hxx"
#include "tunnel/SessionExtension.hxx"

namespace lookout {

/** Gives each extension a lane of the session's queue, from the welcome to the end. */
class ExtensionLanes {
 public:
  ExtensionLanes(OutboundQueue &queue, std::vector<SessionExtension *> extensions);
  ~ExtensionLanes();
  ExtensionLanes(const ExtensionLanes &) = delete;
  ExtensionLanes &operator=(const ExtensionLanes &) = delete;

  void Begin(const Welcome &welcome);
  void End();

 private:
  class LaneSender;

  OutboundQueue &queue_;
  const std::vector<SessionExtension *> extensions_;
  std::list<LaneSender> senders_;
};

}  // namespace lookout
