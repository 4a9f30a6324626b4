// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>

#include "base/EventLoop.hxx"
#include "tunnel/MessageTransport.hxx"

namespace lookout::bench {

/**
 * Speaks the tunnel's protocol and answers from memory: what a controller can take at most. It reads no more of a frame
 * than it needs, and its answers are ready-made but for the id.
 */
class AgentTwin final : public TransportHandler {
 public:
  AgentTwin(EventLoop &loop, std::string hello);

  /** Where its messages go: before anything is heard from there. */
  void Use(MessageTransport &transport) { transport_ = &transport; }

  void OnOpen(const UpgradeInfo &) override;
  void OnMessage(std::string_view message) override;
  void OnActivity() override {}
  void OnProgress() override {}
  std::optional<std::string> NextMessage() override;
  void OnDrained() override {}
  void OnClosed(const CloseInfo &) override { loop_.Stop(); }

 private:
  struct Stream {
    std::string id;
    uint64_t left;
  };
  void Push(std::string text);
  void Answer(std::string_view id, std::string_view target);
  std::string NextOfStream();
  const std::string &BodyOfSize(size_t size);

  EventLoop &loop_;
  std::string hello_;
  std::string stream_payload_;  // base64
  std::map<size_t, std::string> bodies_;
  std::deque<std::string> outgoing_;
  std::optional<Stream> stream_;
  MessageTransport *transport_ = nullptr;
};

}  // namespace lookout::bench
