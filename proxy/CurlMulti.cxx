// SPDX-License-Identifier: Apache-2.0
#include "proxy/CurlMulti.hxx"

#include <unistd.h>

#include <exception>
#include <stdexcept>
#include <string>

#include "base/Log.hxx"
#include "proxy/CurlTransfer.hxx"

namespace lookout {

namespace {

/** Handles kept for later requests: as many as a busy controller has under way. Each takes about 8 KiB. */
constexpr size_t kMaxUnused = 64;

void Check(CURLMcode code, const char *what) {
  if (code != CURLM_OK) throw std::runtime_error(std::string(what) + ": " + ::curl_multi_strerror(code));
}

CurlTransfer *TransferOf(CURL *easy) {
  CurlTransfer *transfer = nullptr;
  ::curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer);
  return transfer;
}

}  // namespace

class CurlMulti::Inside {
 public:
  explicit Inside(CurlMulti &multi) : multi_(multi) { ++multi_.inside_; }
  ~Inside() { --multi_.inside_; }
  Inside(const Inside &) = delete;
  Inside &operator=(const Inside &) = delete;

 private:
  CurlMulti &multi_;
};

CurlMulti::CurlMulti(EventLoop &loop, long max_connections)
    : loop_(loop),
      timer_(loop, [this] { Act(CURL_SOCKET_TIMEOUT, 0); }),
      begin_(loop, [this] { Act(CURL_SOCKET_TIMEOUT, 0); }),
      finished_(loop, [this] { ReportFinished(); }),
      sweep_(loop,
             [this] {
               for (auto &easy : removed_) ::curl_multi_remove_handle(multi_.get(), easy.Get());
               removed_.clear();
             }),
      multi_(::curl_multi_init()) {
  if (!multi_) throw std::runtime_error("cannot start libcurl (curl_multi_init)");
  auto *const multi = multi_.get();
  Check(::curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, OnSocket), "CURLMOPT_SOCKETFUNCTION");
  Check(::curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this), "CURLMOPT_SOCKETDATA");
  Check(::curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, OnTimer), "CURLMOPT_TIMERFUNCTION");
  Check(::curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this), "CURLMOPT_TIMERDATA");
  Check(::curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, max_connections), "CURLMOPT_MAXCONNECTS");
}

CurlMulti::~CurlMulti() {
  for (auto &easy : removed_) ::curl_multi_remove_handle(multi_.get(), easy.Get());
}

CurlEasy CurlMulti::TakeEasy() {
  if (unused_.empty()) return {};
  CurlEasy easy = std::move(unused_.back());
  unused_.pop_back();
  return easy;
}

void CurlMulti::GiveBack(CurlEasy easy) {
  if (unused_.size() == kMaxUnused) return;
  easy.Reset();
  unused_.push_back(std::move(easy));
}

void CurlMulti::Add(CurlEasy &easy) {
  easy.SetCloseFunction(OnClose, this);
  Check(::curl_multi_add_handle(multi_.get(), easy.Get()), "cannot start a transfer (curl_multi_add_handle)");
}

void CurlMulti::Remove(CurlEasy easy) {
  if (inside_ == 0) {
    ::curl_multi_remove_handle(multi_.get(), easy.Get());
    return;
  }
  removed_.push_back(std::move(easy));
  sweep_.Schedule();
}

void CurlMulti::Pause(CurlEasy &easy, int bits) {
  {
    const Inside inside(*this);
    easy.Pause(bits);
  }
  Act(CURL_SOCKET_TIMEOUT, 0);
}

void CurlMulti::Act(curl_socket_t fd, int bits) {
  {
    const Inside inside(*this);
    int running = 0;
    const CURLMcode code = ::curl_multi_socket_action(multi_.get(), fd, bits, &running);
    if (code != CURLM_OK) LogDebug("libcurl", {{"error", ::curl_multi_strerror(code)}});
  }
  finished_.Schedule();
}

void CurlMulti::OnReady(curl_socket_t fd, uint32_t events) {
  Socket &socket = sockets_.at(fd);
  if (socket.is_idle) {
    // The engine has closed it, or sent what nobody reads now: libcurl looks before it uses it again.
    return socket.event->Stop();
  }
  int bits = 0;
  // A hang-up is found by reading.
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLRDHUP)) != 0) bits |= CURL_CSELECT_IN;
  if ((events & EPOLLOUT) != 0) bits |= CURL_CSELECT_OUT;
  if ((events & EPOLLERR) != 0) bits |= CURL_CSELECT_ERR;
  Act(fd, bits);
}

void CurlMulti::ReportFinished() {
  int left = 0;
  while (const CURLMsg *const message = ::curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL *const easy = message->easy_handle;
    const CURLcode code = message->data.result;
    ::curl_multi_remove_handle(multi_.get(), easy);  // frees the message
    CurlTransfer *const transfer = TransferOf(easy);
    if (transfer != nullptr) transfer->Finish(code);
  }
}

void CurlMulti::Watch(curl_socket_t fd, int what) {
  auto &socket = sockets_[fd];
  if (what == CURL_POLL_REMOVE) {
    socket.is_idle = true;
    // libcurl closes a connection that never came about without OnClose, and tells us only after that.
    if (socket.wanted != EPOLLIN) sockets_.erase(fd);
    return;
  }
  socket.is_idle = false;
  if (!socket.event) {
    socket.event = std::make_unique<FdEvent>(loop_, [this, fd](uint32_t events) { OnReady(fd, events); });
  }
  socket.wanted = ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0U) | ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0U);
  socket.event->Watch(fd, socket.wanted);
}

int CurlMulti::OnClose(void *self, curl_socket_t fd) noexcept {
  static_cast<CurlMulti *>(self)->sockets_.erase(fd);
  return ::close(fd);
}

int CurlMulti::OnSocket(CURL *easy, curl_socket_t fd, int what, void *self, void *) noexcept {
  try {
    static_cast<CurlMulti *>(self)->Watch(fd, what);
  } catch (const std::exception &error) {
    LogDebug("cannot watch a connection to Docker", {{"error", error.what()}});
    return -1;
  }
  CurlTransfer *const transfer = TransferOf(easy);
  if (transfer != nullptr) transfer->NoteWatch(what);
  return 0;
}

int CurlMulti::OnTimer(CURLM *, long millis, void *self) noexcept {
  auto &multi = *static_cast<CurlMulti *>(self);
  // What is due now is done from the loop, never from here: libcurl would be entered twice. A new transfer begins in
  // this turn of the loop; what libcurl asks for while it works waits for the next one, so that it cannot keep the loop
  // busy.
  multi.begin_.Cancel();
  multi.timer_.Cancel();
  if (millis == 0 && multi.inside_ == 0) {
    multi.begin_.Schedule();
  } else if (millis >= 0) {
    multi.timer_.Arm(std::chrono::milliseconds(millis));
  }
  return 0;
}

}  // namespace lookout
