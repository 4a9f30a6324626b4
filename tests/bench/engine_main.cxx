// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <system_error>

#include "base/SignalEvent.hxx"
#include "base/Strings.hxx"
#include "tests/bench/StandInEngine.hxx"

/** bench_engine SOCKET|PORT CONTAINERS LINE_INTERVAL_MS: an engine that answers from memory, until SIGTERM. */
int main(int argc, char **argv) {
  using namespace lookout;
  try {
    if (argc != 4) throw std::runtime_error("usage: bench_engine SOCKET|PORT CONTAINERS LINE_INTERVAL_MS");
    const auto containers = static_cast<size_t>(ParseInt(argv[2]).value_or(0));
    const std::chrono::milliseconds interval(ParseInt(argv[3]).value_or(1000));
    const SystemClock clock;
    EventLoop loop(clock);
    const SignalEvent signals(loop, {SIGTERM, SIGINT}, [&loop](int) { loop.Stop(); });
    const bench::StandInEngine engine(loop, argv[1], containers, interval);
    fmt::print("ready\n");
    if (std::fflush(stdout) != 0) throw std::system_error(errno, std::generic_category(), "cannot write to stdout");
    loop.Run();
    return 0;
  } catch (const std::exception &error) {
    fmt::print(stderr, "bench_engine: {}\n", error.what());
    return 1;
  }
}
