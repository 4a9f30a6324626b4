// SPDX-License-Identifier: Apache-2.0
#include "proxy/Exchange.hxx"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "auth/Sodium.hxx"

namespace lookout {

BodySource::Chunk StringBody::Read(std::span<char> out) {
  const size_t size = std::min(out.size(), bytes_.size() - at_);
  if (size == 0) return {Chunk::State::End, 0};
  std::copy_n(bytes_.data() + at_, size, out.data());
  at_ += size;
  return {Chunk::State::Data, size};
}

std::string MakeRequestId() {
  // Drawn from the kernel many at a time: a system call for each request would be noticed.
  thread_local std::array<uint64_t, 128> numbers;
  thread_local size_t left = 0;
  if (left == 0) {
    FillRandom({reinterpret_cast<unsigned char *>(numbers.data()), sizeof numbers});
    left = numbers.size();
  }
  return fmt::format("{:016x}", numbers.at(--left));
}

}  // namespace lookout
