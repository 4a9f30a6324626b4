// SPDX-License-Identifier: Apache-2.0
#include "tests/devhub/ControlServer.hxx"

#include <sys/socket.h>

#include "tests/devhub/ControlConnection.hxx"
#include "tests/devhub/Hub.hxx"
#include "tests/devhub/UnixListener.hxx"

namespace lookout::devhub {

ControlServer::ControlServer(Hub &hub, const std::string &path)
    : hub_(hub),
      path_(path),
      commands_(hub, *this),
      listener_(ListenUnix(path)),
      event_(hub.Loop(), [this](uint32_t) { OnAcceptable(); }),
      remover_(hub.Loop(), [this] { RemoveGone(); }) {
  event_.Watch(listener_.Get(), EPOLLIN);
}

ControlServer::~ControlServer() {
  ::unlink(path_.c_str());
}

void ControlServer::OnAcceptable() {
  UniqueFd fd(::accept4(listener_.Get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd.IsOpen()) return;
  const ClientId client = ++last_client_;
  connections_.emplace(client, std::make_unique<ControlConnection>(hub_.Loop(), *this, client, std::move(fd)));
}

void ControlServer::OnLine(ClientId client, std::string_view line) {
  commands_.Run(client, line);
}

Flow ControlServer::Emit(ClientId client, std::string_view json) {
  const auto found = connections_.find(client);
  return found == connections_.end() ? Flow::Go : found->second->Write(json);
}

void ControlServer::OnDrained(ClientId client) {
  hub_.OnClientDrained(client);
}

void ControlServer::OnGone(ClientId client) {
  gone_.push_back(client);
  remover_.Schedule();
}

void ControlServer::RemoveGone() {
  for (const ClientId client : gone_) {
    connections_.erase(client);
    hub_.OnClientDrained(client);
  }
  gone_.clear();
}

}  // namespace lookout::devhub
