// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/Utf8.hxx"
#include "tests/fuzz/Require.hxx"
#include "tests/support/FakeClock.hxx"
#include "tunnel/ProxyTunnel.hxx"

using namespace lookout;

/** The first byte says where a proxy's answer to CONNECT is cut; then it comes, and the proxy hangs up. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0 || size > 60'000) return 0;
  const std::string_view answer(reinterpret_cast<const char *>(data) + 1, size - 1);
  const FakeClock clock;
  EventLoop loop(clock);
  std::array<int, 2> sockets{};
  Require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, sockets.data()) == 0, "a socket pair");
  UniqueFd proxy(sockets[1]);
  int calls = 0;
  bool is_open = false;
  const ProxyTunnel tunnel(loop, UniqueFd(sockets[0]), {"proxy", 3128, true, "u", "hidden-secret"}, "hub:443",
                           [&](Result<UniqueFd> result) {
                             ++calls;
                             is_open = result.has_value();
                             if (result) return;
                             const auto &message = result.error().message;
                             Require(!message.empty() && IsValidUtf8(message), "a failure has words");
                             // A proxy may say it by itself.
                             if (answer.find("hidden-secret") != std::string_view::npos) return;
                             Require(message.find("hidden-secret") == std::string::npos, "and no password");
                           });
  const size_t cut = answer.empty() ? 0 : data[0] % (answer.size() + 1);
  for (const auto piece : {answer.substr(0, cut), answer.substr(cut)}) {
    if (!piece.empty()) (void)::send(proxy.Get(), piece.data(), piece.size(), MSG_NOSIGNAL);
    for (int i = 0; i < 20 && calls == 0; ++i) loop.Dispatch();
  }
  proxy.Reset();
  for (int i = 0; i < 20 && calls == 0; ++i) loop.Dispatch();
  Require(calls == 1, "the outcome is told once");
  if (is_open) {
    Require(answer.starts_with("HTTP/1.") && answer.find("\r\n\r\n") != std::string_view::npos, "a tunnel is granted");
    Require(answer.size() > 9 && answer[9] == '2', "by a 2xx");
  }
  return 0;
}
