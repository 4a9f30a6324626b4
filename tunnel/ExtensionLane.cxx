// SPDX-License-Identifier: Apache-2.0
#include "tunnel/ExtensionLane.hxx"

#include "tunnel/FrameWriter.hxx"
#include "tunnel/Limits.hxx"

namespace lookout {

namespace {

/** Room in a message for what stands around `data`. */
constexpr size_t kExtensionRoom = 256;

}  // namespace

ExtensionLane::ExtensionLane(OutboundQueue &queue, std::vector<SessionExtension *> extensions)
    : queue_(queue), extensions_(std::move(extensions)) {}

ExtensionLane::~ExtensionLane() {
  End();
}

void ExtensionLane::Begin(const Welcome &welcome) {
  lane_ = std::make_unique<OutboundQueue::Lane>(queue_, limits::kLaneBudget, [this] { OnRoom(); });
  for (SessionExtension *const extension : extensions_) extension->OnSessionReady(*this, welcome);
}

void ExtensionLane::End() {
  if (!lane_) return;
  for (SessionExtension *const extension : extensions_) extension->OnSessionEnded();
  lane_.reset();
}

Flow ExtensionLane::SendFrame(std::string_view type, std::string_view data) {
  return lane_->Push(MakeFrame(type, data));
}

size_t ExtensionLane::MaxFrameSize() const {
  return limits::kMaxOutbound - kExtensionRoom;
}

void ExtensionLane::OnRoom() {
  for (SessionExtension *const extension : extensions_) extension->OnSendable();
}

}  // namespace lookout
