// SPDX-License-Identifier: Apache-2.0
#include "proxy/Listener.hxx"

#include <sys/socket.h>

#include <algorithm>
#include <string_view>

#include "base/Log.hxx"
#include "proxy/ListenSocket.hxx"
#include "proxy/ServerTlsContext.hxx"
#include "proxy/SocketStream.hxx"

namespace lookout {

namespace {

constexpr std::string_view kNoRoom =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 21\r\n"
    "Connection: close\r\n\r\ntoo many connections\n";

UniqueFd Listen(const ListenerSettings &settings) {
  if (!settings.socket_path.empty()) return MakeUnixListenSocket(settings.socket_path, settings.socket_mode);
  return MakeTcpListenSocket(settings.address, settings.port);
}

}  // namespace

Listener::Listener(EventLoop &loop, ListenerSettings settings, RequestHandler &handler, std::vector<UniqueFd> sockets)
    : loop_(loop),
      settings_(std::move(settings)),
      handler_(handler),
      limit_(loop, [this] { CutAll(); }),
      reap_(loop, [this] { Reap(); }) {
  for (auto &socket : sockets) ListenOn(std::move(socket), "");
  if (sockets.empty()) ListenOn(Listen(settings_), settings_.socket_path);
}

Listener::~Listener() = default;

void Listener::ListenOn(UniqueFd socket, std::string own_path) {
  acceptors_.emplace_back(loop_, std::move(socket), std::move(own_path),
                          [this](UniqueFd accepted) { Adopt(std::move(accepted)); });
  if (!address_.empty()) address_ += ", ";
  address_ += acceptors_.back().Address();
}

uint16_t Listener::Port() const {
  return acceptors_.empty() ? 0 : acceptors_.front().Port();
}

bool Listener::IsLocal() const {
  return std::all_of(acceptors_.begin(), acceptors_.end(), [](const auto &each) { return each.IsLocal(); });
}

void Listener::Adopt(UniqueFd socket) {
  if (connections_.size() >= settings_.max_connections && !MakeRoom()) {
    LogDebug("too many connections", {{"address", address_}, {"connections", connections_.size()}});
    if (settings_.tls != nullptr) return;
    [[maybe_unused]] const auto sent = ::send(socket.Get(), kNoRoom.data(), kNoRoom.size(), MSG_NOSIGNAL);
    return;
  }
  if (settings_.tls != nullptr) LimitHandshakes();
  SetTcpOptions(socket.Get());
  auto peer = DescribePeer(socket.Get());
  std::unique_ptr<ByteStream> stream = std::make_unique<SocketStream>(loop_, std::move(socket));
  if (settings_.tls != nullptr) stream = settings_.tls->Accept(loop_, std::move(stream));
  ServerConnection::Owner &self = *this;
  connections_.push_back(std::make_unique<ServerConnection>(loop_, std::move(stream), std::move(peer),
                                                            settings_.deadlines, handler_, self));
}

bool Listener::MakeRoom() {
  // Waiting for a request that does not come, or staying after a refusal, is what a flood of connections does, so that
  // is what it takes from itself.
  auto victim = connections_.end();
  for (const auto may_go : {&ServerConnection::IsClosing, &ServerConnection::IsIdle, &ServerConnection::AwaitsHead}) {
    if (victim != connections_.end()) break;
    victim = std::find_if(connections_.begin(), connections_.end(),
                          [may_go](const auto &each) { return ((*each).*may_go)(); });
  }
  if (victim == connections_.end()) return false;
  // Accepting is nobody's callback but ours, so that the connection can go at once.
  connections_.erase(victim);
  return true;
}

/** Those who only shake hands, which costs more than anything else without a proof, take places from each other. */
void Listener::LimitHandshakes() {
  const auto awaits = [](const auto &each) { return each->AwaitsFirstByte(); };
  const auto count = static_cast<size_t>(std::count_if(connections_.begin(), connections_.end(), awaits));
  if (count >= settings_.max_handshakes)
    connections_.erase(std::find_if(connections_.begin(), connections_.end(), awaits));
}

void Listener::Close(Duration limit, std::function<void()> on_closed) {
  acceptors_.clear();
  closing_ = true;
  on_closed_ = std::move(on_closed);
  for (const auto &connection : connections_) connection->Drain();
  limit_.Arm(limit);
  reap_.Schedule();
}

void Listener::CutAll() {
  for (const auto &connection : connections_) connection->Close();
}

void Listener::OnClosed(ServerConnection &) {
  reap_.Schedule();
}

void Listener::Reap() {
  std::erase_if(connections_, [](const auto &each) { return each->IsClosed(); });
  if (!closing_ || !connections_.empty() || !on_closed_) return;
  limit_.Cancel();
  // It may destroy this.
  const auto on_closed = std::move(on_closed_);
  on_closed_ = nullptr;
  on_closed();
}

}  // namespace lookout
