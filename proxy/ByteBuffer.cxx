// SPDX-License-Identifier: Apache-2.0
#include "proxy/ByteBuffer.hxx"

namespace lookout {

void ByteBuffer::Append(std::string_view bytes) {
  // Moving the rest to the front costs no more than what has been consumed since the last time.
  if (start_ >= bytes_.size() - start_) {
    bytes_.erase(0, start_);
    start_ = 0;
  }
  bytes_.append(bytes);
}

void ByteBuffer::Consume(size_t size) {
  start_ += size;
  if (start_ == bytes_.size()) Clear();
}

void ByteBuffer::Clear() {
  bytes_.clear();
  start_ = 0;
}

void ByteBuffer::Release() {
  if (IsEmpty()) std::string().swap(bytes_);
}

}  // namespace lookout
