// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/Result.hxx"

namespace lookout {

/**
 * Takes the chunked coding (RFC 9112 section 7.1) off a body, strictly: CRLF only, sizes of at most 15
 * hexadecimal digits, size lines of at most kMaxChunkLine and trailers of at most kMaxTrailers bytes.
 * Extensions and trailers are read over.
 */
class ChunkDecoder {
 public:
  struct Step {
    size_t used = 0;        // bytes of the input that are done with
    std::string_view body;  // a part of the input, maybe empty
  };

  /**
   * Decodes up to the end of the next stretch of body bytes. A step that uses nothing means that all input is
   * used up or the body has ended. How the input is cut into pieces makes no difference to the body.
   */
  Result<Step> Next(std::string_view input);
  /** The last chunk and the trailers have been read. */
  bool IsDone() const { return state_ == State::Done; }

 private:
  enum class State { Size, Data, DataEnd, Trailer, Done };

  Result<void> OnLine();
  Result<void> TakeLineByte(char c);

  State state_ = State::Size;
  std::string line_;
  uint64_t left_ = 0;
  size_t trailer_bytes_ = 0;
};

/** Appends one chunk; `bytes` empty appends nothing, since an empty chunk would end the body. */
void AppendChunk(std::string &out, std::string_view bytes);

/** Ends a chunked body without trailers. */
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace lookout
