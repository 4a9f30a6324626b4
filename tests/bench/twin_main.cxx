// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <csignal>
#include <exception>
#include <stdexcept>

#include "auth/Ed25519PrivateKey.hxx"
#include "auth/Sodium.hxx"
#include "base/SignalEvent.hxx"
#include "tests/bench/AgentTwin.hxx"
#include "tests/bench/LwsTransport.hxx"
#include "tunnel/Hello.hxx"

/** bench_twin URL KEY_FILE NAME: an agent that answers from memory, until SIGTERM. */
namespace lookout::bench {

namespace {

void Run(const std::string &url, const std::string &key_file, const std::string &name) {
  const SystemClock clock;
  EventLoop loop(clock);
  const SignalEvent signals(loop, {SIGTERM, SIGINT}, [&loop](int) { loop.Stop(); });
  const auto key = LoadPrivateKey(key_file);
  if (!key) throw std::runtime_error(key.error().message);
  AgentIdentity identity;
  identity.version = "0.0.0";
  identity.agent_id = identity.agent_name = identity.hostname = name;
  const auto parsed = ParseControllerUrl(url);
  if (!parsed) throw std::runtime_error(parsed.error().message);
  LwsContext context(loop);
  AgentTwin twin(loop, MakeHello(identity, SignHello(*key, *identity.dialect, clock.UnixSeconds())));
  LwsTransport transport(context, *parsed, parsed->base_path + std::string(identity.dialect->socket_path), twin);
  twin.Use(transport);
  context.Run();
}

}  // namespace

}  // namespace lookout::bench

int main(int argc, char **argv) {
  try {
    if (argc != 4) throw std::runtime_error("usage: bench_twin URL KEY_FILE NAME");
    lookout::bench::Run(argv[1], argv[2], argv[3]);
    return 0;
  } catch (const std::exception &error) {
    fmt::print(stderr, "bench_twin: {}\n", error.what());
    return 1;
  }
}
