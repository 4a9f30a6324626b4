// SPDX-License-Identifier: Apache-2.0
#include "auth/TokenVerifier.hxx"

#include <stdexcept>

namespace lookout {

TokenVerifier::TokenVerifier(const Secret &token) : digest_(Sha256(token.Reveal())) {
  if (token.IsEmpty()) throw std::runtime_error("the token is empty");
}

bool TokenVerifier::Verify(std::string_view presented) const {
  return EqualDigests(Sha256(presented), digest_);
}

}  // namespace lookout
