// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "proxy/Listener.hxx"
#include "tests/support/RunLoop.hxx"
#include "tests/support/ScriptedHandler.hxx"
#include "tests/support/WireClient.hxx"

namespace lookout {

/** A listener on a free port of 127.0.0.1 and a client of it. `C` is the clock. */
template <typename C>
struct BasicListenerFixture {
  explicit BasicListenerFixture(ListenerSettings settings = {})
      : listener(std::in_place, loop, std::move(settings), handler) {}

  std::unique_ptr<WireClient> Connect() { return std::make_unique<WireClient>(loop, listener->Port()); }

  template <typename Done>
  bool Run(Done done) {
    return RunUntil(loop, done, std::chrono::seconds(5));
  }
  void Pass(std::chrono::milliseconds time = std::chrono::milliseconds(20)) { RunFor(loop, time); }

  /** Sends, runs until the answer ends in `end`, and returns it without its Date. */
  std::string Ask(WireClient &client, std::string_view bytes, std::string_view end) {
    client.Received().clear();
    client.Send(bytes);
    Run([&] { return client.Received().ends_with(end) || client.IsEof(); });
    return WithoutDate(client.Received());
  }
  /** Sends on a connection of its own and returns all until its end. */
  std::string AskUntilEof(std::string_view bytes) {
    const auto client = Connect();
    client->Send(bytes);
    Run([&] { return client->IsEof(); });
    return WithoutDate(client->Received());
  }
  static std::string WithoutDate(std::string text) {
    for (size_t at = text.find("Date: "); at != std::string::npos; at = text.find("Date: ")) {
      text.erase(at, text.find('\n', at) + 1 - at);
    }
    return text;
  }
  ScriptedHandler::Call &Call(size_t index = 0) { return *handler.calls.at(index); }

  C clock;
  EventLoop loop{clock};
  ScriptedHandler handler{loop};
  std::optional<Listener> listener;
};

using ListenerFixture = BasicListenerFixture<SystemClock>;

}  // namespace lookout
