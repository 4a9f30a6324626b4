// SPDX-License-Identifier: Apache-2.0
#include "agent/HostMetrics.hxx"

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/TempDir.hxx"

using namespace lookout;

TEST_CASE("HostMetrics: processor load between two samples", "[metrics]") {
  CpuSampler sampler;
  const auto sample = [&](std::string_view stat) { return sampler.Sample(ParseCpuTicks(stat)); };
  CHECK(sample("cpu  1000 200 300 8000 100 50 25 10\ncpu0 1 2 3 4\n") == 0);
  CHECK(sample("cpu  1500 200 300 8000 100 50 25 10\n") == Approx(100.0));
  CHECK(sample("cpu  1500 200 300 8000 100 50 25 10\n") == 0);
  CHECK(sample("cpu  2000 200 300 8500 100 50 25 10\n") == Approx(50.0));
  CHECK(sample("cpu  1 1 1 1 1 1 1 1\n") == 0);
}

TEST_CASE("HostMetrics: a processor line that cannot be read counts as nothing", "[metrics]") {
  CHECK_FALSE(ParseCpuTicks("cpu  1 2 3 4\n"));
  CHECK_FALSE(ParseCpuTicks("cpu  1 2 x 4 5 6 7 8\n"));
  CHECK_FALSE(ParseCpuTicks(""));
  CpuSampler sampler;
  CHECK(sampler.Sample(std::nullopt) == 0);
}

TEST_CASE("HostMetrics: memory", "[metrics]") {
  const auto available = ParseMemory("MemTotal: 8192000 kB\nMemFree: 1 kB\nMemAvailable: 2048000 kB\n");
  CHECK(available.total == 8388608000);
  CHECK(available.free == 2097152000);
  CHECK(available.used == 8388608000 - 2097152000);
  const auto old = ParseMemory("MemTotal: 8192000 kB\nMemFree: 512000 kB\nBuffers: 256000 kB\nCached: 512000 kB\n");
  CHECK(old.free == uint64_t{1280000} * 1024);
  CHECK(ParseMemory("MemTotal: 10 kB\nMemAvailable: 20 kB\n").used == 0);
  CHECK(ParseMemory("").total == 0);
}

TEST_CASE("HostMetrics: network bytes of all interfaces but the loopback one", "[metrics]") {
  const auto usage = ParseNetwork(
      "Inter-|   Receive                                                |  Transmit\n"
      " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs\n"
      "    lo: 9999 1 0 0 0 0 0 0 9999 1 0 0 0 0 0 0\n"
      "  eth0: 2000000 1 0 0 0 0 0 0 1000000 1 0 0 0 0 0 0\n"
      "eth1:500000 1 0 0 0 0 0 0 250000 1 0 0 0 0 0 0\n"
      "short: 1 2\n");
  CHECK(usage.received == 2500000);
  CHECK(usage.sent == 1250000);
}

TEST_CASE("HostMetrics: uptime", "[metrics]") {
  CHECK(ParseUptime("3661.42 7200.00\n") == 3661);
  CHECK(ParseUptime("") == 0);
}

TEST_CASE("HostMetrics: reads where the host's proc is mounted", "[metrics]") {
  const TempDir dir;
  std::filesystem::create_directories(dir.Path() / "1/net");
  dir.Write("uptime", "12.5 1.0\n");
  dir.Write("1/net/dev", "eth0: 7 0 0 0 0 0 0 0 9 0 0 0 0 0 0 0\n");
  const HostMetrics host(dir.Path().string());
  CHECK(host.Uptime() == 12);
  CHECK(host.Network().sent == 9);
  CHECK(host.Memory().total == 0);
  CHECK(HostMetrics("/proc").Memory().total > 0);
  CHECK(CpuCores() >= 1);
}
