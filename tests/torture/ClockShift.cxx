// SPDX-License-Identifier: Apache-2.0
// Preloaded into an agent, it moves the wall clock as an administrator would, and leaves the monotonic one alone. By
// how many seconds stands in the first eight bytes of $CLOCK_SHIFT_FILE, which a test writes while the agent runs.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace {

const volatile int64_t *MapShift() {
  static const int64_t none = 0;
  const char *const path = std::getenv("CLOCK_SHIFT_FILE");
  const int file = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return &none;
  void *const mapped = ::mmap(nullptr, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
  ::close(file);
  return mapped == MAP_FAILED ? &none : static_cast<const volatile int64_t *>(mapped);
}

/** Mapped before main, so before the agent gives up its right to open files. */
const volatile int64_t *const shift = MapShift();

int64_t Shift() {
  return shift == nullptr ? 0 : *shift;
}

template <typename Function>
Function *Real(Function *, const char *name) {
  return reinterpret_cast<Function *>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): the C library calls them __tp and the like
// Seen by the program that it is preloaded into, whatever the build hides.
#pragma GCC visibility push(default)
extern "C" {

int clock_gettime(clockid_t clock, timespec *time) noexcept {
  static auto *const real = Real(&clock_gettime, "clock_gettime");
  const int result = real(clock, time);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += Shift();
  return result;
}

int gettimeofday(timeval *time, void *zone) noexcept {
  static auto *const real = Real(&gettimeofday, "gettimeofday");
  const int result = real(time, zone);
  if (result == 0) time->tv_sec += Shift();
  return result;
}

time_t time(time_t *out) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}
}
#pragma GCC visibility pop
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
