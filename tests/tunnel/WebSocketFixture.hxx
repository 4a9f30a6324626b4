// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/LwsContext.hxx"
#include "tests/support/RunLws.hxx"
#include "tests/support/ScriptListener.hxx"
#include "tunnel/WebSocketEndpoint.hxx"

namespace lookout {

/** Remembers everything a transport tells, and hands out what the test has put into `to_send`. */
struct RecordingTransportHandler final : TransportHandler {
  void OnOpen(const UpgradeInfo &info) override { opened.push_back(info); }
  void OnMessage(std::string_view message) override {
    received_bytes += message.size();
    if (keep_messages) messages.emplace_back(message);
  }
  void OnActivity() override { ++activities; }
  void OnProgress() override { ++progresses; }
  std::optional<std::string> NextMessage() override;
  void OnDrained() override { ++drained; }
  void OnClosed(const CloseInfo &info) override { closed.push_back(info); }

  bool keep_messages = true;
  std::vector<UpgradeInfo> opened;
  std::vector<std::string> messages;
  size_t received_bytes = 0;
  int activities = 0;
  int progresses = 0;
  int pulled = 0;
  int drained = 0;
  std::deque<std::string> to_send;
  std::vector<CloseInfo> closed;
};

/** A loop, a resolver and one client. */
class WebSocketFixture {
 public:
  WebSocketFixture();

  /** Makes the endpoint for `url` and dials it. */
  void Dial(const std::string &url);
  /** Dials the endpoint again. */
  void Redial();
  bool WaitOpen();
  /** Waits for the end and returns how it was told; fails the test when there is none. */
  CloseInfo WaitClosed(std::chrono::milliseconds limit = std::chrono::seconds(10));
  bool WaitFor(const std::function<bool()> &done) { return RunUntil(context, done); }
  void Send(std::string message);

  SystemClock clock;
  EventLoop loop{clock};
  LwsContext context{loop};
  SystemResolver resolver;
  WebSocketSettings settings;  // for Dial()
  RecordingTransportHandler handler;
  std::unique_ptr<WebSocketEndpoint> endpoint;
  std::unique_ptr<MessageTransport> client;
};

}  // namespace lookout
