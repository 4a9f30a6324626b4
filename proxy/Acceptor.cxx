// SPDX-License-Identifier: Apache-2.0
#include "proxy/Acceptor.hxx"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/Log.hxx"
#include "proxy/ListenSocket.hxx"

namespace lookout {

namespace {

/** Connections taken up before others on the loop have their turn. */
constexpr int kAcceptBatch = 16;
/** Before the next try when the process has no descriptors left; the queue of the kernel holds the clients. */
constexpr std::chrono::seconds kAcceptPause{1};

/** The inode behind a path, 0 when there is none. */
ino_t FileNumber(const std::string &path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0 ? info.st_ino : 0;
}

bool IsOutOfResources(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

Acceptor::Acceptor(EventLoop &loop, UniqueFd socket, std::string own_path, std::function<void(UniqueFd)> on_accept)
    : socket_(std::move(socket)),
      own_path_(std::move(own_path)),
      file_number_(FileNumber(own_path_)),
      address_(DescribeLocalAddress(socket_.Get())),
      on_accept_(std::move(on_accept)),
      event_(loop, [this](uint32_t) { OnAcceptable(); }),
      pause_(loop, [this] { event_.Watch(socket_.Get(), EPOLLIN); }) {
  event_.Watch(socket_.Get(), EPOLLIN);
}

Acceptor::~Acceptor() {
  // A socket that another process has put in our place meanwhile is left alone.
  if (file_number_ != 0 && FileNumber(own_path_) == file_number_) ::unlink(own_path_.c_str());
}

uint16_t Acceptor::Port() const {
  return LocalPort(socket_.Get());
}

bool Acceptor::IsLocal() const {
  return IsLocalSocket(socket_.Get());
}

void Acceptor::OnAcceptable() {
  for (int i = 0; i < kAcceptBatch && AcceptOne(); ++i) {
  }
}

bool Acceptor::AcceptOne() {
  UniqueFd socket(::accept4(socket_.Get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (socket.IsOpen()) {
    has_failed_ = false;
    on_accept_(std::move(socket));
    return true;
  }
  if (!IsOutOfResources(errno)) return errno != EAGAIN;
  // The one failure nobody else can report: there is no connection to answer on.
  if (!has_failed_) {
    LogWarning("cannot accept connections; raise the limit of open files (LimitNOFILE) if this lasts",
               {{"address", address_}, {"reason", std::generic_category().message(errno)}});
  }
  has_failed_ = true;
  event_.Stop();
  pause_.Arm(kAcceptPause);
  return false;
}

}  // namespace lookout
