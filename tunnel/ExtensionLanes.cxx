// SPDX-License-Identifier: Apache-2.0
#include "tunnel/ExtensionLanes.hxx"

#include "tunnel/FrameWriter.hxx"
#include "tunnel/Limits.hxx"

namespace lookout {

namespace {

/** Room in a message for what stands around `data`. */
constexpr size_t kEnvelopeRoom = 256;

}  // namespace

class ExtensionLanes::LaneSender final : public FrameSender {
 public:
  LaneSender(OutboundQueue &queue, SessionExtension &extension)
      : lane_(queue, limits::kLaneBudget, [&extension] { extension.OnSendable(); }) {}

  Flow SendFrame(std::string_view type, std::string_view data) override { return lane_.Push(MakeFrame(type, data)); }
  size_t MaxFrameSize() const override { return limits::kMaxOutbound - kEnvelopeRoom; }

 private:
  OutboundQueue::Lane lane_;
};

ExtensionLanes::ExtensionLanes(OutboundQueue &queue, std::vector<SessionExtension *> extensions)
    : queue_(queue), extensions_(std::move(extensions)) {}

ExtensionLanes::~ExtensionLanes() {
  End();
}

void ExtensionLanes::Begin(const Welcome &welcome) {
  for (SessionExtension *const extension : extensions_) {
    extension->OnSessionReady(senders_.emplace_back(queue_, *extension), welcome);
  }
}

void ExtensionLanes::End() {
  if (senders_.empty()) return;
  for (SessionExtension *const extension : extensions_) extension->OnSessionEnded();
  senders_.clear();
}

}  // namespace lookout
