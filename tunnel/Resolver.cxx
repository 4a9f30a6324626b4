// SPDX-License-Identifier: Apache-2.0
#include "tunnel/Resolver.hxx"

#include <fmt/core.h>
#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace lookout {

namespace {

constexpr unsigned kThreads = 2;
constexpr std::chrono::seconds kTimeLimit{5};
constexpr size_t kMaxAddresses = 8;

struct AddrInfoDeleter {
  void operator()(addrinfo *list) const { freeaddrinfo(list); }
};

Result<std::vector<SocketAddress>> AskSystem(const std::string &host, uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo *list = nullptr;
  const int code = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  const std::unique_ptr<addrinfo, AddrInfoDeleter> owner(list);
  if (code != 0) {
    return Fail(
        fmt::format("cannot look up \"{}\": {}", host, code == EAI_SYSTEM ? std::strerror(errno) : gai_strerror(code)));
  }
  std::vector<SocketAddress> addresses;
  for (const addrinfo *item = list; item != nullptr; item = item->ai_next) {
    if (item->ai_family != AF_INET && item->ai_family != AF_INET6) continue;
    SocketAddress &address = addresses.emplace_back();
    std::memcpy(&address.storage, item->ai_addr, item->ai_addrlen);
    address.size = item->ai_addrlen;
  }
  return addresses;
}

bool IsSame(const SocketAddress &a, const SocketAddress &b) {
  return a.size == b.size && std::memcmp(&a.storage, &b.storage, a.size) == 0;
}

}  // namespace

std::vector<SocketAddress> InterleaveFamilies(const std::vector<SocketAddress> &addresses) {
  std::vector<SocketAddress> ipv6;
  std::vector<SocketAddress> ipv4;
  for (const auto &address : addresses) {
    auto &family = address.IsIpv6() ? ipv6 : ipv4;
    const bool known = std::any_of(family.begin(), family.end(), [&](const auto &a) { return IsSame(a, address); });
    if (!known) family.push_back(address);
  }
  std::vector<SocketAddress> mixed;
  for (size_t i = 0; i < std::max(ipv6.size(), ipv4.size()); ++i) {
    if (i < ipv6.size()) mixed.push_back(ipv6[i]);
    if (i < ipv4.size()) mixed.push_back(ipv4[i]);
  }
  if (mixed.size() > kMaxAddresses) mixed.resize(kMaxAddresses);
  return mixed;
}

/** One look-up: ends with an answer of the worker, at the time limit, or at once (`answer_` set from the start). */
class SystemResolver::Query final : public ResolverQuery {
 public:
  Query(EventLoop &loop, std::string host, Done done)
      : host_(std::move(host)),
        done_(std::move(done)),
        time_limit_(loop, [this] { OnTimeLimit(); }),
        answer_now_(loop, [this] { Finish(std::move(*answer_)); }) {}

  void AnswerSoon(Result<std::vector<SocketAddress>> answer) {
    answer_ = std::make_unique<Result<std::vector<SocketAddress>>>(std::move(answer));
    answer_now_.Schedule();
  }

  void Start(Worker &worker, const Lookup &lookup, uint16_t port, std::shared_ptr<std::atomic<unsigned>> running) {
    // Shared with the thread, which may go on after this query is gone.
    const auto found = std::make_shared<Result<std::vector<SocketAddress>>>();
    ++*running;
    // Counted until the work is gone, done or never begun.
    const std::shared_ptr<void> slot(nullptr, [running = std::move(running)](void *) { --*running; });
    task_ = worker.Submit([lookup, host = host_, port, found, slot] { *found = lookup(host, port); },
                          [this, found] { OnFound(*found); });
    time_limit_.Arm(kTimeLimit);
  }

 private:
  void OnFound(Result<std::vector<SocketAddress>> &found) {
    if (!found) return Finish(std::move(found));
    auto addresses = InterleaveFamilies(*found);
    if (addresses.empty()) return Finish(Fail(fmt::format("\"{}\" has no IPv4 or IPv6 address", host_)));
    Finish(std::move(addresses));
  }

  void OnTimeLimit() {
    task_.reset();
    Finish(Fail(fmt::format("cannot look up \"{}\": no answer within {} s; check the name servers in /etc/resolv.conf",
                            host_, kTimeLimit.count())));
  }

  void Finish(Result<std::vector<SocketAddress>> answer) {
    time_limit_.Cancel();
    // Moved out first: the callback may destroy this query.
    const auto done = std::move(done_);
    done(std::move(answer));
  }

  const std::string host_;
  Done done_;
  std::unique_ptr<WorkerTask> task_;
  std::unique_ptr<Result<std::vector<SocketAddress>>> answer_;
  Timer time_limit_;
  Deferred answer_now_;
};

SystemResolver::SystemResolver(EventLoop &loop) : SystemResolver(loop, AskSystem) {}

SystemResolver::SystemResolver(EventLoop &loop, Lookup lookup)
    : loop_(loop),
      worker_(loop, kThreads),
      lookup_(std::move(lookup)),
      running_(std::make_shared<std::atomic<unsigned>>(0)) {}

std::unique_ptr<ResolverQuery> SystemResolver::Resolve(const std::string &host, uint16_t port, Done done) {
  auto query = std::make_unique<Query>(loop_, host, std::move(done));
  if (const auto literal = ParseSocketAddress(host, port)) {
    query->AnswerSoon(std::vector{*literal});
  } else if (*running_ >= kThreads) {
    query->AnswerSoon(
        Fail(fmt::format("cannot look up \"{}\": earlier look-ups still hang; check the name servers", host)));
  } else {
    query->Start(worker_, lookup_, port, running_);
  }
  return query;
}

}  // namespace lookout
