// SPDX-License-Identifier: Apache-2.0
#include "base/UniqueFd.hxx"

#include <fcntl.h>

#include <catch2/catch.hpp>

using namespace lookout;

namespace {

bool IsOpenInKernel(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

int OpenNull() {
  return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

}  // namespace

TEST_CASE("UniqueFd: closes at its end", "[fd]") {
  const int fd = OpenNull();
  { const UniqueFd owner(fd); }
  CHECK_FALSE(IsOpenInKernel(fd));
}

TEST_CASE("UniqueFd: moving passes the descriptor on and closes the old one", "[fd]") {
  UniqueFd a(OpenNull());
  UniqueFd b(OpenNull());
  const int kept = a.Get();
  const int replaced = b.Get();
  b = std::move(a);
  CHECK(b.Get() == kept);
  CHECK(IsOpenInKernel(kept));
  CHECK_FALSE(IsOpenInKernel(replaced));
  const UniqueFd c(std::move(b));
  CHECK(c.Get() == kept);
}

TEST_CASE("UniqueFd: gives the descriptor away", "[fd]") {
  UniqueFd owner(OpenNull());
  const int fd = owner.Release();
  CHECK_FALSE(owner.IsOpen());
  owner.Reset();
  REQUIRE(IsOpenInKernel(fd));
  const UniqueFd next(fd);
}
