// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <exception>
#include <memory>
#include <span>
#include <stdexcept>
#include <system_error>

#include "base/Strings.hxx"
#include "proxy/UnixSocket.hxx"
#include "tests/bench/Figures.hxx"

/**
 * bench_client ADDRESS TARGET REQUESTS CONNECTIONS [HEADER]
 *
 * As little as can be between a measurement and a server: GETs on connections that stay open, each with one request at
 * a time, and answers that are counted, not kept. ADDRESS is the path of a unix socket or PORT on loopback.
 * Prints one line of JSON.
 */
namespace lookout::bench {

namespace {

UniqueFd Connect(const std::string &address) {
  if (address.starts_with('/')) {
    UnixConnect unix_socket = ConnectUnixSocket(address);
    if (!unix_socket.socket.IsOpen()) throw std::system_error(unix_socket.error, std::generic_category(), address);
    return std::move(unix_socket.socket);
  }
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(static_cast<uint16_t>(ParseInt(address).value_or(0)));
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(fd.Get(), reinterpret_cast<const sockaddr *>(&to), sizeof to) < 0) {
    throw std::system_error(errno, std::generic_category(), "port " + address);
  }
  return fd;
}

/** One connection with at most one request on it. */
class Exchange {
 public:
  Exchange(const std::string &address, std::string request) : fd_(Connect(address)), request_(std::move(request)) {}

  int Fd() const { return fd_.Get(); }
  SteadyTime Start() const { return start_; }
  uint64_t Bytes() const { return bytes_; }

  void Send() {
    start_ = Now();
    if (::send(fd_.Get(), request_.data(), request_.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request_.size())) {
      throw std::system_error(errno, std::generic_category(), "cannot send");
    }
    head_.clear();
  }

  /** Reads what is there; true when the answer is complete. */
  bool Read(std::span<char> buffer) {
    const ssize_t size = ::recv(fd_.Get(), buffer.data(), buffer.size(), 0);
    if (size < 0 && errno == EAGAIN) return false;
    if (size <= 0) throw std::runtime_error("the server closed the connection");
    return Take({buffer.data(), static_cast<size_t>(size)});
  }

 private:
  bool Take(std::string_view piece) {
    bytes_ += piece.size();
    if (!in_body_) {
      head_ += piece;
      const size_t end = head_.find("\r\n\r\n");
      if (end == std::string::npos) return false;
      ReadHead(std::string_view(head_).substr(0, end));
      piece = std::string_view(head_).substr(end + 4);
    }
    if (!is_chunked_) {
      left_ -= piece.size();
      in_body_ = left_ > 0;
      return !in_body_;
    }
    // Enough for a stream that is not parsed: its last five bytes.
    tail_.append(piece.substr(piece.size() - std::min<size_t>(piece.size(), 5)));
    if (tail_.size() > 5) tail_.erase(0, tail_.size() - 5);
    in_body_ = tail_ != "0\r\n\r\n";
    return !in_body_;
  }

  void ReadHead(std::string_view head) {
    if (!head.starts_with("HTTP/1.1 200 ")) throw std::runtime_error("answered " + std::string(head.substr(0, 40)));
    in_body_ = true;
    tail_.clear();
    const std::string lower = ToLower(head);
    constexpr std::string_view kLength = "\r\ncontent-length: ";
    const size_t at = lower.find(kLength);
    is_chunked_ = at == std::string::npos;
    if (is_chunked_) return;
    const std::string_view value = std::string_view(lower).substr(at + kLength.size());
    left_ = static_cast<uint64_t>(ParseInt(value.substr(0, value.find('\r'))).value_or(0));
  }

  const UniqueFd fd_;
  const std::string request_;
  SteadyTime start_;
  uint64_t bytes_ = 0;
  std::string head_;
  bool in_body_ = false;
  bool is_chunked_ = false;
  uint64_t left_ = 0;
  std::string tail_;
};

struct Run {
  Latencies latencies;
  uint64_t begun = 0;
  uint64_t done = 0;
};

void RunAll(std::vector<std::unique_ptr<Exchange>> &exchanges, uint64_t requests, Run &run) {
  std::vector<char> buffer(256 * 1024);
  std::vector<pollfd> polls;
  for (const auto &exchange : exchanges) {
    polls.push_back({exchange->Fd(), POLLIN, 0});
    exchange->Send();
    ++run.begun;
  }
  while (run.done < requests) {
    ::poll(polls.data(), polls.size(), -1);
    for (size_t i = 0; i < polls.size() && run.done < requests; ++i) {
      if (polls[i].revents == 0 || !exchanges[i]->Read(buffer)) continue;
      run.latencies.Add(exchanges[i]->Start());
      ++run.done;
      if (run.begun == requests) continue;
      exchanges[i]->Send();
      ++run.begun;
    }
  }
}

int Main(const std::vector<std::string> &words) {
  if (words.size() < 4) throw std::runtime_error("usage: bench_client ADDRESS TARGET REQUESTS CONNECTIONS [HEADER]");
  const auto requests = static_cast<uint64_t>(ParseInt(words[2]).value_or(1));
  const auto connections = static_cast<uint64_t>(ParseInt(words[3]).value_or(1));
  const std::string header = words.size() > 4 ? words[4] + "\r\n" : "";
  const std::string request = fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n{}\r\n", words[1], header);
  std::vector<std::unique_ptr<Exchange>> exchanges;
  for (uint64_t i = 0; i < std::min(connections, requests); ++i) {
    exchanges.push_back(std::make_unique<Exchange>(words[0], request));
  }
  Run run;
  const SteadyTime start = Now();
  RunAll(exchanges, requests, run);
  const double seconds = SecondsSince(start);
  uint64_t bytes = 0;
  for (const auto &exchange : exchanges) bytes += exchange->Bytes();
  fmt::print(R"({{"requests":{},"seconds":{:.6f},"bytes":{},"p50_us":{},"p99_us":{}}})"
             "\n",
             run.done, seconds, bytes, run.latencies.Micros(0.5), run.latencies.Micros(0.99));
  return 0;
}

}  // namespace

}  // namespace lookout::bench

int main(int argc, char **argv) {
  try {
    return lookout::bench::Main({argv + 1, argv + argc});
  } catch (const std::exception &error) {
    fmt::print(stderr, "bench_client: {}\n", error.what());
    return 1;
  }
}
