// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "proxy/BodyFraming.hxx"

namespace lookout {

/** Cuts one message head out of a stream of bytes; what it means is for ParseRequest() and ParseResponse(). */
class HeadReader {
 public:
  enum class State { More, Done, Failed };

  /**
   * Takes bytes up to and including the blank line and returns how many; the rest belongs to the body. How the
   * stream is cut into pieces makes no difference. Fails as soon as a byte shows that this is no head: a CR or
   * LF alone, NUL, a continued line, more than kMaxHttpHead bytes. One empty line in front of it is read over
   * (RFC 9112 section 2.2).
   */
  size_t Push(std::string_view bytes);
  State GetState() const { return state_; }
  /** True once any byte has come. */
  bool HasBegun() const { return taken_ > 0; }
  /** With Done: every line with its CRLF, without the blank one. */
  const std::string &Text() const { return text_; }
  /** With Failed. */
  const HttpError &GetError() const { return error_; }
  /** For the next head on the same connection. */
  void Reset();

 private:
  /** Of the inside of a line: as many bytes as decide nothing. */
  size_t TakePlain(std::string_view bytes);
  void OnByte(char c);
  void OnLine();
  void Refuse(int status, std::string message);

  std::string text_;
  size_t line_start_ = 0;
  size_t taken_ = 0;
  bool after_cr_ = false;
  State state_ = State::More;
  HttpError error_;
};

}  // namespace lookout
