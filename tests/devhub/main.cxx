// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <system_error>

#include "base/Log.hxx"
#include "base/SignalEvent.hxx"
#include "tests/devhub/Hub.hxx"

namespace lookout::devhub {

namespace {

int Run(const HubOptions &options) {
  OffsetClock clock(options.clock_offset);
  EventLoop loop(clock);
  const SignalEvent signals(loop, {SIGTERM, SIGINT}, [&loop](int) { loop.Stop(); });
  std::unique_ptr<Hub> hub;  // outlives the context, which ends its connections
  constexpr unsigned kMaxAgents = 4096;
  LwsContext context(loop, kMaxAgents);
  hub = std::make_unique<Hub>(context, clock, options);
  fmt::print("listening on {}\n", hub->Url());
  // Who started us waits for this line.
  if (std::fflush(stdout) != 0) throw std::system_error(errno, std::generic_category(), "cannot write to stdout");
  context.Run();
  return 0;
}

}  // namespace

}  // namespace lookout::devhub

int main(int argc, char **argv) {
  using namespace lookout;
  try {
    const auto options = devhub::ParseHubOptions(argc, argv);
    if (options.help) {
      fmt::print("{}", devhub::kHubUsage);
      return 0;
    }
    ConfigureLog(options.verbose ? LogLevel::Debug : LogLevel::Info, LogFormat::Text);
    return devhub::Run(options);
  } catch (const std::exception &error) {
    fmt::print(stderr, "devhub: {}\n", error.what());
    return 1;
  }
}
