// SPDX-License-Identifier: Apache-2.0
#include "auth/Secret.hxx"

#include <sodium.h>

#include <algorithm>
#include <stdexcept>

#include "auth/Sodium.hxx"

namespace lookout {

Secret::Secret(std::string_view bytes) {
  *this = OfSize(bytes.size());
  std::copy(bytes.begin(), bytes.end(), data_.get());
}

Secret Secret::OfSize(size_t size) {
  Secret secret;
  if (size == 0) return secret;
  RequireSodium();
  secret.data_.reset(static_cast<char *>(sodium_malloc(size)));
  if (!secret.data_) throw std::runtime_error("no memory for a secret: is the limit on locked memory or maps too low?");
  sodium_memzero(secret.data_.get(), size);
  secret.size_ = size;
  return secret;
}

bool Secret::operator==(const Secret &other) const {
  if (size_ != other.size_) return false;
  return size_ == 0 || sodium_memcmp(data_.get(), other.data_.get(), size_) == 0;
}

void Secret::Free::operator()(char *data) const noexcept {
  sodium_free(data);
}

}  // namespace lookout
