// SPDX-License-Identifier: Apache-2.0
#include "agent/HostMetrics.hxx"

#include <sched.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "tests/support/TempDir.hxx"

using namespace lookout;

namespace {

/** A "cpu" line whose user and idle counters are the two given ones. */
std::string Stat(uint64_t user, uint64_t idle) {
  return "cpu  " + std::to_string(user) + " 200 300 " + std::to_string(idle) +
         " 100 50 25 10 7 7\ncpu0 1 1 1 1 1 1 1 1\n";
}

double Next(CpuSampler &sampler, uint64_t user, uint64_t idle) {
  return sampler.Sample(ParseCpuTicks(Stat(user, idle)));
}

constexpr const char *kNetDev =
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier\n"
    "    lo: 9999999    1000    0    0    0     0          0         0  9999999    1000    0    0    0     0       0\n"
    "  eth0: 2000000    2000    0    0    0     0          0         0  1000000    1000    0    0    0     0       0\n"
    "  eth1:500000     500    0    0    0     0          0         0   250000     250    0    0    0     0       0\n";

}  // namespace

TEST_CASE("HostMetrics: counts the eight counters, idle and iowait among them as idle", "[metrics]") {
  const auto ticks = ParseCpuTicks("intr 5\ncpu0 9 9 9 9 9 9 9 9\ncpu  1000 200 300 8000 100 50 25 10 3 4\n");
  REQUIRE(ticks.has_value());
  CHECK(ticks->total == 9685);
  CHECK(ticks->idle == 8100);
}

TEST_CASE("HostMetrics: a cpu line that cannot be read is absent", "[metrics]") {
  const std::string text =
      GENERATE("", "cpu", "cpu  1 2 3 4", "cpu  1 2 3 4 5 6 7", "cpu  1 2 3 x 5 6 7 8", "cpu  1 2 3 -4 5 6 7 8",
               "cpu  1 2 3 99999999999999999999 5 6 7 8", "cpu0 1 2 3 4 5 6 7 8");
  CAPTURE(text);
  CHECK_FALSE(ParseCpuTicks(text).has_value());
}

TEST_CASE("CpuSampler: the load since the sample before", "[metrics]") {
  CpuSampler sampler;
  SECTION("the first sample is 0") {
    CHECK(Next(sampler, 1000, 8000) == 0);
  }
  SECTION("only work") {
    Next(sampler, 1000, 8000);
    CHECK(Next(sampler, 1500, 8000) == Approx(100));
  }
  SECTION("half of the time, then nothing") {
    Next(sampler, 0, 1000);
    CHECK(Next(sampler, 500, 1500) == Approx(50));
    CHECK(Next(sampler, 500, 1500) == 0);
  }
  SECTION("only idle") {
    Next(sampler, 1000, 8000);
    CHECK(Next(sampler, 1000, 9000) == 0);
  }
}

TEST_CASE("CpuSampler: stays within 0 to 100 whatever the counters do", "[metrics]") {
  CpuSampler sampler;
  Next(sampler, 1000, 8000);
  SECTION("all counters go back") {
    CHECK(Next(sampler, 10, 80) == 0);
    CHECK(Next(sampler, 20, 90) == Approx(50));
  }
  SECTION("idle time goes back while work goes on") {
    CHECK(Next(sampler, 1500, 7900) == 100);
  }
  SECTION("a sample is missing") {
    CHECK(sampler.Sample(std::nullopt) == 0);
    CHECK(Next(sampler, 2000, 8000) == 0);
    CHECK(Next(sampler, 2100, 8300) == Approx(25));
  }
}

TEST_CASE("CpuSampler: two consumers do not disturb each other", "[metrics]") {
  CpuSampler slow;
  CpuSampler quick;
  Next(slow, 1000, 8000);
  Next(quick, 1000, 8000);
  CHECK(Next(quick, 1100, 8000) == Approx(100));
  CHECK(Next(quick, 1100, 8100) == 0);
  CHECK(Next(slow, 1100, 8100) == Approx(50));
}

TEST_CASE("HostMetrics: memory", "[metrics]") {
  SECTION("by MemAvailable") {
    const auto memory = ParseMemory("MemTotal:        8192000 kB\nMemFree:  5 kB\nMemAvailable:    2048000 kB\n");
    CHECK(memory.total == 8388608000);
    CHECK(memory.free == 2097152000);
    CHECK(memory.used == 6291456000);
  }
  SECTION("by free, buffers and cached where MemAvailable is missing or unreadable") {
    const std::string extra = GENERATE("", "MemAvailable: lots kB\n", "MemAvailable: -1 kB\n", "MemAvailable:\n");
    const auto memory = ParseMemory("MemTotal: 8192000 kB\nMemFree: 512000 kB\nBuffers: 256000 kB\n" + extra +
                                    "Cached: 512000 kB\nSwapCached: 777 kB\n");
    CHECK(memory.free == uint64_t{1280000} * 1024);
    CHECK(memory.used == uint64_t{8192000 - 1280000} * 1024);
  }
  SECTION("more available than there is") {
    const auto memory = ParseMemory("MemTotal: 1000 kB\nMemAvailable: 2000 kB\n");
    CHECK(memory.used == 0);
    CHECK(memory.free == 2048000);
  }
  SECTION("nothing known") {
    const auto memory = ParseMemory("MemTotal: 9223372036854775807 kB\nnonsense");
    CHECK(memory.total == 0);
    CHECK(memory.free == 0);
    CHECK(memory.used == 0);
  }
}

TEST_CASE("HostMetrics: network", "[metrics]") {
  SECTION("all interfaces but lo") {
    const auto usage = ParseNetwork(kNetDev);
    CHECK(usage.received == 2500000);
    CHECK(usage.sent == 1250000);
  }
  SECTION("an interface whose line is short or unreadable is left out altogether") {
    const auto usage = ParseNetwork(
        "a: 1 2 3 4 5 6 7 8\n"
        "b: x 2 3 4 5 6 7 8 90\n"
        "c: 10 2 3 4 5 6 7 8 -9\n"
        "d: 7 2 3 4 5 6 7 8 70\n");
    CHECK(usage.received == 7);
    CHECK(usage.sent == 70);
  }
  SECTION("a sum beyond 64 bits stays at its end") {
    const std::string line = ": 9223372036854775807 2 3 4 5 6 7 8 1\n";
    const auto usage = ParseNetwork("a" + line + "b" + line + "c" + line);
    CHECK(usage.received == UINT64_MAX);
    CHECK(usage.sent == 3);
  }
  SECTION("nothing known") {
    CHECK(ParseNetwork("").received == 0);
  }
}

TEST_CASE("HostMetrics: uptime", "[metrics]") {
  CHECK(ParseUptime("3661.42 7200.00\n") == 3661);
  CHECK(ParseUptime("12 7") == 12);
  CHECK(ParseUptime("") == 0);
  CHECK(ParseUptime("-5.0 1") == 0);
  CHECK(ParseUptime("soon") == 0);
}

TEST_CASE("HostMetrics: reads below its root, the network of the first process", "[metrics]") {
  TempDir directory;
  std::filesystem::create_directories(directory.Path() / "1/net");
  std::filesystem::create_directories(directory.Path() / "net");
  directory.Write("stat", Stat(1000, 8000));
  directory.Write("meminfo", "MemTotal: 1000 kB\nMemAvailable: 400 kB\n");
  directory.Write("uptime", "77.9 1.0\n");
  directory.Write("net/dev", "eth0: 1 0 0 0 0 0 0 0 1\n");
  directory.Write("1/net/dev", kNetDev);
  const HostMetrics host(directory.Path());
  REQUIRE(host.Cpu().has_value());
  CHECK(host.Cpu()->total == 9685);
  CHECK(host.Memory().used == 614400);
  CHECK(host.Uptime() == 77);
  CHECK(host.Network()->received == 2500000);
}

TEST_CASE("HostMetrics: what is not there is 0", "[metrics]") {
  TempDir directory;
  std::filesystem::create_directories(directory.Path() / "stat");
  const HostMetrics host(directory.Path());
  CHECK_FALSE(host.Cpu().has_value());
  CHECK(host.Memory().total == 0);
  CHECK_FALSE(host.Network());
  CHECK(host.Uptime() == 0);
}

TEST_CASE("HostMetrics: reads this host", "[metrics]") {
  const HostMetrics host("/proc");
  REQUIRE(host.Cpu().has_value());
  CHECK(host.Cpu()->total > host.Cpu()->idle);
  CHECK(host.Memory().total > host.Memory().used);
  CHECK(host.Memory().used > 0);
  CHECK(host.Uptime() > 0);
}

TEST_CASE("HostMetrics: counts the processors that this process may use", "[metrics]") {
  cpu_set_t before;
  REQUIRE(::sched_getaffinity(0, sizeof before, &before) == 0);
  CHECK(CpuCores() == static_cast<unsigned>(CPU_COUNT(&before)));
  cpu_set_t one;
  CPU_ZERO(&one);
  size_t first = 0;
  while (!CPU_ISSET(first, &before)) ++first;
  CPU_SET(first, &one);
  REQUIRE(::sched_setaffinity(0, sizeof one, &one) == 0);
  CHECK(CpuCores() == 1);
  REQUIRE(::sched_setaffinity(0, sizeof before, &before) == 0);
}
