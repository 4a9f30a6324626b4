// SPDX-License-Identifier: Apache-2.0
#include "tests/tunnel/WebSocketFixture.hxx"

#include <catch2/catch.hpp>

namespace lookout {

std::optional<std::string> RecordingTransportHandler::NextMessage() {
  if (to_send.empty()) return std::nullopt;
  ++pulled;
  std::string message(to_send.front());
  to_send.pop_front();
  return message;
}

WebSocketFixture::WebSocketFixture() : resolver(loop) {
  settings.socket_path = "/api/portwing/ws";
}

void WebSocketFixture::Dial(const std::string &url) {
  client.reset();
  settings.url = ParseControllerUrl(url).value();
  endpoint = std::make_unique<WebSocketEndpoint>(context, resolver, settings);
  Redial();
}

void WebSocketFixture::Redial() {
  handler = RecordingTransportHandler();
  client = endpoint->Dial(handler);
}

bool WebSocketFixture::WaitOpen() {
  RunUntil(context, [this] { return !handler.opened.empty() || !handler.closed.empty(); });
  if (!handler.closed.empty()) UNSCOPED_INFO(handler.closed.front().message);
  return !handler.opened.empty();
}

CloseInfo WebSocketFixture::WaitClosed(std::chrono::milliseconds limit) {
  REQUIRE(RunUntil(
      context, [this] { return !handler.closed.empty(); }, limit));
  RunFor(context, std::chrono::milliseconds(20));
  REQUIRE(handler.closed.size() == 1);
  return handler.closed.front();
}

void WebSocketFixture::Send(std::string message) {
  handler.to_send.push_back(std::move(message));
  client->RequestWrite();
}

}  // namespace lookout
