// SPDX-License-Identifier: Apache-2.0
#include "proxy/Listener.hxx"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>

#include "base/Log.hxx"
#include "proxy/ListenSocket.hxx"
#include "proxy/SocketStream.hxx"

namespace lookout {

namespace {

/** Connections taken up before others on the loop have their turn. */
constexpr int kAcceptBatch = 16;
/** Before the next try when the process has no descriptors left; the queue of the kernel holds the clients. */
constexpr std::chrono::seconds kAcceptPause{1};

constexpr std::string_view kNoRoom =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 21\r\n"
    "Connection: close\r\n\r\ntoo many connections\n";

UniqueFd Listen(const ListenerSettings &settings) {
  if (!settings.socket_path.empty()) return MakeUnixListenSocket(settings.socket_path, settings.socket_mode);
  return MakeTcpListenSocket(settings.address, settings.port);
}

/** Answers leave at once, and the death of a silent client's host is noticed within two minutes. */
void SetTcpOptions(int socket) {
  const auto set = [socket](int level, int name, int value) {
    ::setsockopt(socket, level, name, &value, sizeof value);
  };
  constexpr int kKeepAliveIdle = 60;
  constexpr int kKeepAliveInterval = 15;
  constexpr int kKeepAliveCount = 4;
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, kKeepAliveIdle);
  set(IPPROTO_TCP, TCP_KEEPINTVL, kKeepAliveInterval);
  set(IPPROTO_TCP, TCP_KEEPCNT, kKeepAliveCount);
}

/** The inode behind a path, 0 when there is none. */
ino_t FileNumber(const std::string &path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

bool IsOutOfResources(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

Listener::Listener(EventLoop &loop, ListenerSettings settings, RequestHandler &handler)
    : loop_(loop),
      settings_(std::move(settings)),
      handler_(handler),
      socket_(Listen(settings_)),
      file_number_(FileNumber(settings_.socket_path)),
      address_(DescribeLocalAddress(socket_.Get())),
      accept_event_(loop, [this](uint32_t) { OnAcceptable(); }),
      timer_(loop,
             [this] {
               if (closing_) return CutAll();
               accept_event_.Watch(socket_.Get(), EPOLLIN);
             }),
      reap_(loop, [this] { Reap(); }) {
  accept_event_.Watch(socket_.Get(), EPOLLIN);
}

Listener::~Listener() {
  StopListening();
}

uint16_t Listener::Port() const {
  return socket_.IsOpen() ? LocalPort(socket_.Get()) : 0;
}

void Listener::OnAcceptable() {
  for (int i = 0; i < kAcceptBatch && AcceptOne(); ++i) {
  }
}

bool Listener::AcceptOne() {
  UniqueFd socket(::accept4(socket_.Get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (socket.IsOpen()) {
    accept_failed_ = false;
    Adopt(std::move(socket));
    return true;
  }
  if (!IsOutOfResources(errno)) return errno != EAGAIN;
  // The one failure nobody else can report: there is no connection to answer on.
  if (!accept_failed_) {
    LogWarning("cannot accept connections; raise the limit of open files (LimitNOFILE) if this lasts",
               {{"address", address_}, {"reason", std::generic_category().message(errno)}});
  }
  accept_failed_ = true;
  accept_event_.Stop();
  timer_.Arm(kAcceptPause);
  return false;
}

void Listener::Adopt(UniqueFd socket) {
  if (connections_.size() >= settings_.max_connections && !MakeRoom()) {
    LogDebug("too many connections", {{"address", address_}, {"connections", connections_.size()}});
    [[maybe_unused]] const auto sent = ::send(socket.Get(), kNoRoom.data(), kNoRoom.size(), MSG_NOSIGNAL);
    return;
  }
  if (settings_.socket_path.empty()) SetTcpOptions(socket.Get());
  auto peer = DescribePeerAddress(socket.Get());
  auto stream = std::make_unique<SocketStream>(loop_, std::move(socket));
  ServerConnection::Owner &self = *this;
  connections_.push_back(std::make_unique<ServerConnection>(loop_, std::move(stream), std::move(peer),
                                                            settings_.deadlines, handler_, self));
}

bool Listener::MakeRoom() {
  const auto idle =
      std::find_if(connections_.begin(), connections_.end(), [](const auto &each) { return each->IsIdle(); });
  if (idle == connections_.end()) return false;
  // Accepting is nobody's callback but ours, so that the connection can go at once.
  connections_.erase(idle);
  return true;
}

void Listener::StopListening() {
  if (!socket_.IsOpen()) return;
  accept_event_.Stop();
  socket_.Reset();
  // A socket that another process has put in our place meanwhile is left alone.
  if (FileNumber(settings_.socket_path) == file_number_ && file_number_ != 0) ::unlink(settings_.socket_path.c_str());
}

void Listener::Close(Duration limit, std::function<void()> on_closed) {
  StopListening();
  closing_ = true;
  on_closed_ = std::move(on_closed);
  for (const auto &connection : connections_) connection->Drain();
  timer_.Arm(limit);
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
  timer_.Cancel();
  // It may destroy this.
  const auto on_closed = std::move(on_closed_);
  on_closed_ = nullptr;
  on_closed();
}

}  // namespace lookout
