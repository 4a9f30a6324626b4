// SPDX-License-Identifier: Apache-2.0
#include "tests/support/RunProgram.hxx"

#include <array>
#include <chrono>
#include <cstdio>
#include <future>

namespace lookout {

namespace {

std::string RunBlocking(const std::string &command) {
  std::string output;
  FILE *const pipe = ::popen(("{ " + command + "; } 2>&1; echo \"exit $?\"").c_str(), "r");
  if (pipe == nullptr) return "popen failed";
  std::array<char, 4096> block{};
  while (const size_t size = std::fread(block.data(), 1, block.size(), pipe)) output.append(block.data(), size);
  ::pclose(pipe);
  return output;
}

}  // namespace

std::string RunProgram(EventLoop &loop, const std::string &command) {
  auto output = std::async(std::launch::async, RunBlocking, command);
  while (output.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
    loop.RunOnce(std::chrono::milliseconds(5));
  }
  return output.get();
}

}  // namespace lookout
