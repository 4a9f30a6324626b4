// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/Result.hxx"
#include "base/Worker.hxx"
#include "tunnel/SocketAddress.hxx"

namespace lookout {

/** A look-up under way; destroying it silences its callback. */
class ResolverQuery {
 public:
  virtual ~ResolverQuery() = default;
};

/** Turns a host name into addresses, off the loop. */
class Resolver {
 public:
  /** At least one address, in the order in which to try them; or an error that names the host. */
  using Done = std::function<void(Result<std::vector<SocketAddress>>)>;

  virtual ~Resolver() = default;
  /** Calls `done` once, later, never from inside. An address literal takes no look-up. */
  [[nodiscard]] virtual std::unique_ptr<ResolverQuery> Resolve(const std::string &host, uint16_t port, Done done) = 0;
};

/**
 * Asks the system (getaddrinfo) on threads of its own. It gives up on a look-up after 5 s; since the blocking call
 * itself cannot be ended, look-ups fail at once while all threads still hang in earlier ones.
 */
class SystemResolver final : public Resolver {
 public:
  /** The blocking look-up, in whatever order the system gives; stands for getaddrinfo() in tests. */
  using Lookup = std::function<Result<std::vector<SocketAddress>>(const std::string &host, uint16_t port)>;

  explicit SystemResolver(EventLoop &loop);
  SystemResolver(EventLoop &loop, Lookup lookup);

  std::unique_ptr<ResolverQuery> Resolve(const std::string &host, uint16_t port, Done done) override;

 private:
  class Query;

  EventLoop &loop_;
  Worker worker_;
  const Lookup lookup_;
  std::shared_ptr<std::atomic<unsigned>> running_;  // shared with the threads, which may outlive us
};

/**
 * The order of RFC 8305 section 4: families alternate, IPv6 first, so that one broken family costs one attempt.
 * Duplicates go, and what is beyond 8 addresses.
 */
std::vector<SocketAddress> InterleaveFamilies(const std::vector<SocketAddress> &addresses);

}  // namespace lookout
