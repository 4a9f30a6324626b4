// SPDX-License-Identifier: Apache-2.0
#include "proxy/StreamBio.hxx"

#include <openssl/bio.h>

namespace lookout {

namespace {

StreamBio &SelfOf(BIO *bio) {
  return *static_cast<StreamBio *>(BIO_get_data(bio));
}

}  // namespace

StreamBio::StreamBio(ByteStream &stream, bool watch_for_clear_text) : stream_(stream), watch_(watch_for_clear_text) {}

BIO *StreamBio::MakeBio() {
  BIO *const bio = BIO_new(Method());
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  return bio;
}

const BIO_METHOD *StreamBio::Method() {
  // Made once and never freed: OpenSSL may still hold a BIO of it when statics are destroyed.
  static BIO_METHOD *const method = [] {
    BIO_METHOD *const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "stream");
    BIO_meth_set_read_ex(made, OnRead);
    BIO_meth_set_write_ex(made, OnWrite);
    BIO_meth_set_ctrl(made, OnControl);
    return made;
  }();
  return method;
}

int StreamBio::OnRead(BIO *bio, char *out, size_t size, size_t *done) noexcept {
  return SelfOf(bio).Read(bio, {out, size}, done);
}

int StreamBio::OnWrite(BIO *bio, const char *bytes, size_t size, size_t *done) noexcept {
  return SelfOf(bio).Write(bio, {bytes, size}, done);
}

long StreamBio::OnControl(BIO *bio, int command, long, void *) noexcept {
  if (command == BIO_CTRL_FLUSH) return 1;
  return command == BIO_CTRL_EOF && SelfOf(bio).has_ended_ ? 1 : 0;
}

int StreamBio::Read(BIO *bio, std::span<char> out, size_t *done) {
  BIO_clear_retry_flags(bio);
  if (is_clear_text_) return 0;
  const auto result = stream_.Read(out);
  switch (result.state) {
    case IoResult::State::Wait: BIO_set_retry_read(bio); return 0;
    case IoResult::State::End: has_ended_ = true; return 0;
    case IoResult::State::Error: read_error_ = result.error; return 0;
    case IoResult::State::Done: break;
  }
  is_clear_text_ = watch_ && out[0] >= 'A' && out[0] <= 'Z';
  watch_ = false;
  *done = result.size;
  return is_clear_text_ ? 0 : 1;
}

int StreamBio::Write(BIO *bio, std::string_view bytes, size_t *done) {
  BIO_clear_retry_flags(bio);
  const auto result = stream_.Write(bytes);
  if (result.state == IoResult::State::Done) {
    *done = result.size;
    return 1;
  }
  if (result.state == IoResult::State::Wait) BIO_set_retry_write(bio);
  if (result.state == IoResult::State::Error) write_error_ = result.error;
  return 0;
}

}  // namespace lookout
