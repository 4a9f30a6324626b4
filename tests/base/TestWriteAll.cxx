// SPDX-License-Identifier: Apache-2.0
#include "base/WriteAll.hxx"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cerrno>
#include <string>
#include <thread>

#include "base/UniqueFd.hxx"

using namespace lookout;

TEST_CASE("WriteAll: more than a pipe holds arrives whole", "[write]") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  const std::string sent(1'000'000, 'x');
  int error = -1;
  std::thread thread([&] {
    error = WriteAll(writer.Get(), sent);
    writer.Reset();
  });
  std::string got;
  std::array<char, 4096> piece;
  for (ssize_t size = 1; size > 0;) {
    size = ::read(reader.Get(), piece.data(), piece.size());
    if (size > 0) got.append(piece.data(), static_cast<size_t>(size));
  }
  thread.join();
  CHECK(error == 0);
  CHECK(got == sent);
}

TEST_CASE("WriteAll: tells why it could not", "[write]") {
  const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  CHECK(WriteAll(full.Get(), "x") == ENOSPC);
  CHECK(WriteAll(full.Get(), "") == 0);
  CHECK(WriteAll(-1, "x") == EBADF);
}
