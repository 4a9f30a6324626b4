// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <string_view>

namespace lookout {

/**
 * Bytes that must not leak: a token, a seed, a private key. They live in locked memory between guard pages, are
 * zeroed before they are freed, and have no formatter, so that no log line can name them by accident.
 */
class Secret {
 public:
  Secret() = default;
  /** Throws std::runtime_error when no locked memory can be had. */
  explicit Secret(std::string_view bytes);
  Secret(const Secret &other) : Secret(other.Reveal()) {}
  Secret(Secret &&) noexcept = default;
  Secret &operator=(const Secret &other) { return *this = Secret(other); }
  Secret &operator=(Secret &&) noexcept = default;
  ~Secret() = default;

  /** `size` zero bytes, to be filled through Bytes(). */
  static Secret OfSize(size_t size);

  bool IsEmpty() const { return size_ == 0; }
  /** The bytes, for the one place that needs them; copies of them are the caller's to zero. */
  std::string_view Reveal() const { return {data_.get(), size_}; }
  std::span<char> Bytes() { return {data_.get(), size_}; }

  /** In constant time for equal lengths. */
  bool operator==(const Secret &other) const;

 private:
  struct Free {
    void operator()(char *data) const noexcept;
  };

  std::unique_ptr<char, Free> data_;
  size_t size_ = 0;
};

}  // namespace lookout
