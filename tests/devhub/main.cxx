// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <cstdio>
#include <exception>

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
  LwsContext context(loop);
  hub = std::make_unique<Hub>(context, clock, options);
  std::printf("listening on %s\n", hub->Url().c_str());
  std::fflush(stdout);
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
      std::fputs(devhub::kHubUsage, stdout);
      return 0;
    }
    ConfigureLog(options.verbose ? LogLevel::Debug : LogLevel::Info, LogFormat::Text);
    return devhub::Run(options);
  } catch (const std::exception &error) {
    std::fprintf(stderr, "devhub: %s\n", error.what());
    return 1;
  }
}
