// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "tunnel/OutboundQueue.hxx"
#include "tunnel/SessionExtension.hxx"

namespace lookout {

/**
 * Gives the extensions a lane of the session's queue, from the welcome to the end. They share one, so that their
 * frames leave in the order in which they were sent: the controller wants the containers before the metrics.
 */
class ExtensionLane final : private FrameSender {
 public:
  ExtensionLane(OutboundQueue &queue, std::vector<SessionExtension *> extensions);
  ~ExtensionLane() override;
  ExtensionLane(const ExtensionLane &) = delete;
  ExtensionLane &operator=(const ExtensionLane &) = delete;

  void Begin(const Welcome &welcome);
  void End();

 private:
  Flow SendFrame(std::string_view type, std::string_view data) override;
  size_t MaxFrameSize() const override;
  void OnRoom();

  OutboundQueue &queue_;
  const std::vector<SessionExtension *> extensions_;
  std::unique_ptr<OutboundQueue::Lane> lane_;  // during a session
};

}  // namespace lookout
