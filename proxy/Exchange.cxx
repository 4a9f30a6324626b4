// SPDX-License-Identifier: Apache-2.0
#include "proxy/Exchange.hxx"

#include <algorithm>

#include "auth/Nonce.hxx"

namespace lookout {

BodySource::Chunk StringBody::Read(std::span<char> out) {
  const size_t size = std::min(out.size(), bytes_.size() - at_);
  if (size == 0) return {Chunk::State::End, 0};
  std::copy_n(bytes_.data() + at_, size, out.data());
  at_ += size;
  return {Chunk::State::Data, size};
}

std::string MakeRequestId() {
  return MakeNonce().substr(0, 16);
}

}  // namespace lookout
