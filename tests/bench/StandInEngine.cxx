// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/StandInEngine.hxx"

#include "proxy/ListenSocket.hxx"

#include "base/Strings.hxx"

namespace lookout::bench {

namespace {

UniqueFd Listen(const std::string &place) {
  const auto port = ParseInt(place);
  return port ? MakeTcpListenSocket("127.0.0.1", static_cast<uint16_t>(*port)) : MakeUnixListenSocket(place, 0600);
}

}  // namespace

StandInEngine::StandInEngine(EventLoop &loop, const std::string &place, size_t containers, Duration line_interval)
    : loop_(loop),
      line_interval_(line_interval),
      answers_(containers),
      acceptor_(loop, Listen(place), place, [this](UniqueFd fd) {
        connections_.push_back(std::make_unique<EngineConnection>(loop_, *this, std::move(fd)));
      }) {}

Answer StandInEngine::Handle(std::string_view method, std::string_view target) {
  if (method == "POST" && target == "/bench/event") {
    SendEvent();
    return {"HTTP/1.1 204 No Content\r\n\r\n"};
  }
  return answers_.Make(method, target);
}

void StandInEngine::SendEvent() {
  const std::string event = answers_.FlipContainer();
  for (const auto &connection : connections_) {
    if (connection->Is(Answer::Then::Events)) connection->Push(event);
  }
}

void StandInEngine::Remove(EngineConnection &connection) {
  connections_.remove_if([&](const auto &entry) { return entry.get() == &connection; });
}

}  // namespace lookout::bench
