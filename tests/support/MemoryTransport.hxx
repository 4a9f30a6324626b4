// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "tunnel/MessageTransport.hxx"

namespace lookout {

/** A controller's end of a connection, in memory: the test takes what was sent, and says what arrives. */
class MemoryTransport final : public MessageTransport {
 public:
  explicit MemoryTransport(TransportHandler &handler) : handler_(handler) {}
  ~MemoryTransport() override {
    if (gone != nullptr) *gone = true;
  }

  void RequestWrite() override { write_requested = true; }
  void Close(uint16_t code, std::string_view reason) override {
    close_code = code;
    close_reason = reason;
  }
  void PauseReading(bool pause) override { reading_paused = pause; }

  /** Takes messages until there is none, as a fast peer does. */
  std::vector<std::string> TakeAll() {
    auto taken = TakeIntoBuffer();
    handler_.OnDrained();
    return taken;
  }
  /** The same, but they go no further than to our own side's buffers. */
  std::vector<std::string> TakeIntoBuffer() {
    std::vector<std::string> taken;
    while (auto message = handler_.NextMessage()) taken.push_back(std::move(*message));
    return taken;
  }
  void Deliver(std::string_view message) { handler_.OnMessage(message); }

  bool write_requested = false;
  uint16_t close_code = 0;
  std::string close_reason;
  bool reading_paused = false;
  bool *gone = nullptr;

 private:
  TransportHandler &handler_;
};

}  // namespace lookout
