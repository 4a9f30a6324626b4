// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/Clock.hxx"
#include "base/EventLoop.hxx"
#include "proxy/DockerCall.hxx"
#include "proxy/DockerTransport.hxx"
#include "tests/support/RecordingSink.hxx"
#include "tests/support/RunLoop.hxx"
#include "tests/support/ScriptedServer.hxx"
#include "tests/support/TempDir.hxx"

namespace lookout {

/** A transport whose engine is a ScriptedServer. */
struct DockerFixture {
  explicit DockerFixture(ScriptedServer::OnRequest on_request)
      : server(std::in_place, loop, directory.Join("docker.sock"), std::move(on_request)),
        transport(loop, directory.Join("docker.sock")) {}

  /** Runs one request to its end. */
  RecordingSink Ask(Request request) {
    RecordingSink sink;
    const auto exchange = transport.Handle(std::move(request), sink);
    RunUntil(loop, [&] { return sink.IsDone(); });
    return sink;
  }
  RecordingSink Ask(std::string_view method, std::string_view target) { return Ask(MakeAgentRequest(method, target)); }

  TempDir directory;
  SystemClock clock;
  EventLoop loop{clock};
  std::optional<ScriptedServer> server;
  DockerTransport transport;
};

}  // namespace lookout
