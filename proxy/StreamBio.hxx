// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "proxy/ByteStream.hxx"

struct bio_st;
struct bio_method_st;

namespace lookout {

/** Lets OpenSSL read and write one of our streams, and remembers what became of it. */
class StreamBio {
 public:
  /** With `watch_for_clear_text` reading fails when the peer's first byte is a letter, as in "GET ". */
  StreamBio(ByteStream &stream, bool watch_for_clear_text);
  StreamBio(const StreamBio &) = delete;
  StreamBio &operator=(const StreamBio &) = delete;

  /** A new BIO, which the caller owns and which must not outlive this; null when there is no memory. */
  bio_st *MakeBio();

  bool IsClearText() const { return is_clear_text_; }
  /** The peer sends no more. */
  bool HasEnded() const { return has_ended_; }
  /** errno, 0 when nothing has failed. */
  int ReadError() const { return read_error_; }
  int WriteError() const { return write_error_; }

 private:
  int Read(bio_st *bio, std::span<char> out, size_t *done);
  int Write(bio_st *bio, std::string_view bytes, size_t *done);

  static const bio_method_st *Method();
  static int OnRead(bio_st *bio, char *out, size_t size, size_t *done) noexcept;
  static int OnWrite(bio_st *bio, const char *bytes, size_t size, size_t *done) noexcept;
  static long OnControl(bio_st *bio, int command, long number, void *pointer) noexcept;

  ByteStream &stream_;
  bool watch_;
  bool is_clear_text_ = false;
  bool has_ended_ = false;
  int read_error_ = 0;
  int write_error_ = 0;
};

}  // namespace lookout
