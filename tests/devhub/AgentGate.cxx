// SPDX-License-Identifier: Apache-2.0
#include "tests/devhub/AgentGate.hxx"

#include "tests/devhub/Hub.hxx"
#include "tests/devhub/TunnelCall.hxx"

namespace lookout::devhub {

namespace {

/** Refuses an upgrade. */
class NoUpgrade final : public Duplex {
 public:
  NoUpgrade(EventLoop &loop, DuplexSink &sink)
      : answer_(loop, [&sink] {
          constexpr std::string_view kBody =
              "{\"message\":\"the tunnel carries no upgrades; use exec_start on control.sock\"}";
          sink.OnHead(
              {501, "", {{"Content-Type", "application/json"}, {"Content-Length", std::to_string(kBody.size())}}});
          sink.OnData(kBody);
          sink.OnEnd();
        }) {
    answer_.Schedule();
  }
  void Resume() override {}
  Flow Send(std::string_view) override { return Flow::Go; }
  void CloseWrite() override {}
  size_t Unsent() const override { return 0; }

 private:
  Deferred answer_;
};

ListenerSettings MakeSettings(const std::string &path) {
  ListenerSettings settings;
  settings.socket_path = path;
  settings.max_connections = 1024;
  settings.deadlines.write_stall = std::chrono::hours(1);  // tests read as slowly as they like
  return settings;
}

}  // namespace

AgentGate::AgentGate(Hub &hub, std::string agent, const std::string &path)
    : hub_(hub), agent_(std::move(agent)), listener_(hub.Loop(), MakeSettings(path), *this) {}

std::unique_ptr<Exchange> AgentGate::Handle(Request &&request, ResponseSink &sink) {
  return std::make_unique<TunnelCall>(hub_.Loop(), hub_.Limits(), hub_.FindSession(agent_), std::move(request), sink);
}

std::unique_ptr<Duplex> AgentGate::Open(Request &&, DuplexSink &sink) {
  return std::make_unique<NoUpgrade>(hub_.Loop(), sink);
}

}  // namespace lookout::devhub
