// SPDX-License-Identifier: Apache-2.0
#include "agent/HealthCommand.hxx"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>

#include "base/Clock.hxx"
#include "base/EventLoop.hxx"
#include "base/Strings.hxx"
#include "proxy/SocketStream.hxx"
#include "proxy/TlsBasics.hxx"
#include "proxy/TlsStream.hxx"

namespace lookout {

namespace {

/** Shorter than what container engines wait by default (30 s), so that there is a reason and not just an end. */
constexpr std::chrono::seconds kAnswerLimit{5};
constexpr size_t kMaxAnswer = 64 * 1024;

/** Where to reach a listener that is bound to this: every address is reached at loopback. */
std::string ReachableAddress(const std::string &bound) {
  if (bound == "0.0.0.0") return "127.0.0.1";
  return bound == "::" ? "::1" : bound;
}

/** Connected and non-blocking. Throws std::runtime_error. */
UniqueFd Connect(const std::string &address, uint16_t port) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  const bool is_v4 = ::inet_pton(AF_INET, address.c_str(), &v4.sin_addr) == 1;
  ::inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr);
  UniqueFd socket(::socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto *const target = is_v4 ? reinterpret_cast<const sockaddr *>(&v4) : reinterpret_cast<const sockaddr *>(&v6);
  // This host's own address: it is there at once or not at all.
  if (!socket.IsOpen() || ::connect(socket.Get(), target, is_v4 ? sizeof v4 : sizeof v6) != 0) {
    throw std::runtime_error(
        fmt::format("cannot reach the agent at {} port {}: {}; does it run, with this configuration?", address, port,
                    std::strerror(errno)));
  }
  ::fcntl(socket.Get(), F_SETFL, O_NONBLOCK);
  return socket;
}

/** One request, and everything that comes back. */
class Question final : private ByteStreamUser {
 public:
  Question(EventLoop &loop, std::unique_ptr<ByteStream> stream, std::string_view path)
      : loop_(loop),
        stream_(std::move(stream)),
        unsent_(fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path)),
        limit_(loop, [this] { Finish(fmt::format("the agent did not answer within {} s", kAnswerLimit.count())); }) {
    stream_->SetUser(*this);
    stream_->Want(true, true);
    limit_.Arm(kAnswerLimit);
  }

  const std::string &Answer() const { return answer_; }
  /** "" when an answer came. */
  const std::string &Problem() const { return problem_; }

 private:
  void OnReady(bool, bool) override {
    if (!unsent_.empty()) SendMore();
    ReadMore();
  }
  void OnHangUp() override { Finish({}); }

  void SendMore() {
    const auto sent = stream_->Write(unsent_);
    if (sent.state == IoResult::State::Done) unsent_.erase(0, sent.size);
    stream_->Want(true, !unsent_.empty());
  }

  void ReadMore() {
    std::array<char, 4096> bytes;
    while (answer_.size() < kMaxAnswer) {
      const auto got = stream_->Read(bytes);
      if (got.state == IoResult::State::Wait) return;
      if (got.state != IoResult::State::Done) return Finish({});
      answer_.append(bytes.data(), got.size);
    }
    Finish({});
  }

  void Finish(std::string problem) {
    stream_->Want(false, false);
    problem_ = std::move(problem);
    loop_.Stop();
  }

  EventLoop &loop_;
  std::unique_ptr<ByteStream> stream_;
  std::string unsent_;
  std::string answer_;
  std::string problem_;
  Timer limit_;
};

/** The status of an HTTP/1.1 answer, 0 when it is none. */
int64_t StatusOf(std::string_view answer) {
  constexpr std::string_view kBegin = "HTTP/1.1 ";
  if (!answer.starts_with(kBegin)) return 0;
  return ParseInt(answer.substr(kBegin.size(), 3)).value_or(0);
}

/** It stays on this host and holds no secret, so whose certificate the listener shows does not matter. */
std::unique_ptr<ByteStream> AddTls(EventLoop &loop, std::unique_ptr<ByteStream> stream) {
  const auto context = MakeTlsClientContext();
  return std::make_unique<TlsStream>(loop, std::move(stream), context.get(), TlsStream::Role::Client);
}

std::string Ask(const Config &config, std::string_view path) {
  if (config.port == 0) throw std::runtime_error("PORT is 0: which port the agent has is not known");
  const SystemClock clock;
  EventLoop loop(clock);
  std::unique_ptr<ByteStream> stream =
      std::make_unique<SocketStream>(loop, Connect(ReachableAddress(config.bind_address), config.port));
  // The operations listener of an agent that dials a controller is for this host, and speaks no TLS.
  if (!config.IsEdge() && !config.tls_cert.empty()) stream = AddTls(loop, std::move(stream));
  const Question question(loop, std::move(stream), path);
  loop.Run();
  if (!question.Problem().empty()) throw std::runtime_error(question.Problem());
  return question.Answer();
}

}  // namespace

int RunHealth(const ConfigSources &sources, bool wants_readiness) {
  // What is wrong with it is the running agent's business; here only the listener counts.
  const auto loaded = LoadConfig(sources);
  const auto answer = Ask(loaded.config, wants_readiness ? "/ready" : "/health");
  const auto status = StatusOf(answer);
  if (status == 0) throw std::runtime_error("what listens there does not speak HTTP: it is not this agent");
  const auto body = answer.find("\r\n\r\n");
  if (body != std::string::npos) fmt::print("{}", std::string_view(answer).substr(body + 4));
  return status == 200 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace lookout
