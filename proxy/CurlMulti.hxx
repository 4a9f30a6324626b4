// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <curl/curl.h>

#include <map>
#include <memory>
#include <vector>

#include "base/EventLoop.hxx"
#include "proxy/CurlEasy.hxx"
#include "proxy/CurlGlobal.hxx"

namespace lookout {

class CurlTransfer;

/**
 * Runs libcurl transfers on our loop and keeps their connections alive for later ones. Finished transfers are told
 * so from a deferred call, never from inside libcurl. Must outlive its transfers.
 */
class CurlMulti {
 public:
  /**
   * Of the connections that are open when a transfer ends, at most `max_connections` stay. How many run at once is
   * for the callers to limit.
   */
  CurlMulti(EventLoop &loop, long max_connections);
  ~CurlMulti();
  CurlMulti(const CurlMulti &) = delete;
  CurlMulti &operator=(const CurlMulti &) = delete;

  EventLoop &Loop() const { return loop_; }

 private:
  friend class CurlTransfer;

  struct Deleter {
    void operator()(CURLM *multi) const { ::curl_multi_cleanup(multi); }
  };
  /** Marks that libcurl is on the stack, and may not be told to remove a handle. */
  class Inside;

  /**
   * A connection in use, or one that libcurl does not read at present: idle in its pool, or of a transfer that waits
   * for its reader. That stays in the epoll set, because the next request most often wants the same of it: it saves two
   * system calls a request.
   */
  struct Socket {
    std::unique_ptr<FdEvent> event;
    uint32_t wanted = 0;
    bool is_idle = false;
  };

  /** A handle, perhaps used before: making one is a tenth of the work of a small request. */
  CurlEasy TakeEasy();
  /** For TakeEasy(), once it is part of no transfer. */
  void GiveBack(CurlEasy easy);
  /** Not from inside a callback of libcurl. */
  void Add(CurlEasy &easy);
  /** At once, or as soon as libcurl is off the stack. The handle's callbacks must have been disconnected. */
  void Remove(CurlEasy easy);
  /** CurlEasy::Pause() and the nudge that libcurl needs after it. Not from inside a callback of libcurl. */
  void Pause(CurlEasy &easy, int bits);

  void Act(curl_socket_t fd, int bits);
  void OnReady(curl_socket_t fd, uint32_t events);
  void ReportFinished();
  void Watch(curl_socket_t fd, int what);

  static int OnSocket(CURL *easy, curl_socket_t fd, int what, void *self, void *) noexcept;
  static int OnTimer(CURLM *multi, long millis, void *self) noexcept;
  static int OnClose(void *self, curl_socket_t fd) noexcept;

  EventLoop &loop_;
  CurlGlobal global_;
  int inside_ = 0;
  std::map<curl_socket_t, Socket> sockets_;
  Timer timer_;
  Deferred begin_;
  Deferred finished_;
  Deferred sweep_;
  std::vector<CurlEasy> removed_;  // while libcurl is on the stack
  std::vector<CurlEasy> unused_;
  std::unique_ptr<CURLM, Deleter> multi_;
};

}  // namespace lookout
