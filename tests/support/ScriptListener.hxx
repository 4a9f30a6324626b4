// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "tests/support/ScriptPeer.hxx"
#include "tests/support/TestPki.hxx"

namespace lookout {

/**
 * A TCP server on a loopback address whose connections each run a script on a thread of their own. Its end cuts
 * all connections and waits for the scripts, so they may use what outlives it.
 */
class ScriptListener {
 public:
  using Script = std::function<void(ScriptPeer &)>;

  /** `host` is "127.0.0.1" or "::1". With a certificate every connection begins with TLS. */
  explicit ScriptListener(Script script, const std::string &host = "127.0.0.1", const TestCertificate *tls = nullptr);
  ~ScriptListener();
  ScriptListener(const ScriptListener &) = delete;
  ScriptListener &operator=(const ScriptListener &) = delete;

  uint16_t Port() const { return port_; }
  /** "127.0.0.1:1234" or "[::1]:1234". */
  std::string Authority() const;
  int Accepted() const { return accepted_; }

 private:
  struct ContextDeleter {
    void operator()(ssl_ctx_st *context) const;
  };

  void AcceptAll();
  void Serve(UniqueFd fd);

  const Script script_;
  const std::string host_;
  std::unique_ptr<ssl_ctx_st, ContextDeleter> tls_;
  UniqueFd listener_;
  uint16_t port_ = 0;
  std::atomic<int> accepted_ = 0;
  std::mutex mutex_;
  std::condition_variable idle_;
  std::set<int> open_fds_;  // of the running scripts
  std::thread acceptor_;
};

}  // namespace lookout
