// SPDX-License-Identifier: Apache-2.0
#include "proxy/Exchange.hxx"

#include <algorithm>
#include <array>

#include "auth/RandomPool.hxx"
#include "base/Strings.hxx"

namespace lookout {

BodySource::Chunk StringBody::Read(std::span<char> out) {
  const size_t size = std::min(out.size(), bytes_.size() - at_);
  if (size == 0) return {Chunk::State::End, 0};
  std::copy_n(bytes_.data() + at_, size, out.data());
  at_ += size;
  return {Chunk::State::Data, size};
}

std::string MakeRequestId() {
  thread_local RandomPool pool;
  std::array<unsigned char, 8> bytes{};
  pool.Fill(bytes);
  return ToHex({reinterpret_cast<const char *>(bytes.data()), bytes.size()});
}

}  // namespace lookout
