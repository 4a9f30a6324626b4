// SPDX-License-Identifier: Apache-2.0
#include "agent/RunMcp.hxx"

#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "agent/McpStdio.hxx"
#include "base/EventLoop.hxx"
#include "proxy/DockerEngine.hxx"
#include "proxy/DockerTransport.hxx"

namespace lookout {

int RunMcp(const ConfigSources &sources) {
  // A reader that has gone ends a write, not the process.
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
  const auto loaded = LoadConfig(sources);
  const SystemClock clock;
  EventLoop loop(clock);
  DockerTransport transport(loop, loaded.config.docker_socket, loaded.config.Deadlines());
  DockerEngine engine(loop, transport);
  engine.Start();
  HostCollector host(loop, engine, {loaded.config.host_proc, loaded.config.skip_df_collection});
  CpuSampler cpu;
  const McpToolContext context{loop, engine, host, cpu};
  const McpServer server("lookout", context);
  const McpStdio stdio(loop, server, STDIN_FILENO, STDOUT_FILENO);
  loop.Run();
  return EXIT_SUCCESS;
}

}  // namespace lookout
