// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace lookout {

/** Bytes appended at the end and taken from the front, without moving the rest each time. */
class ByteBuffer {
 public:
  std::string_view View() const { return std::string_view(bytes_).substr(start_); }
  size_t Size() const { return bytes_.size() - start_; }
  bool IsEmpty() const { return Size() == 0; }

  void Append(std::string_view bytes);
  void Consume(size_t size);
  void Clear();
  /** Gives the memory of an empty buffer back. */
  void Release();

 private:
  std::string bytes_;
  size_t start_ = 0;
};

}  // namespace lookout
