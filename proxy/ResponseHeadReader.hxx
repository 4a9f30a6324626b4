// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <tl/expected.hpp>

#include "proxy/Exchange.hxx"

namespace lookout {

/**
 * Puts a response head together from its lines: heads of 1xx answers are skipped, hop-by-hop fields left out,
 * repeated fields kept. A folded field (obsolete since RFC 7230) is refused. Lines after the head are trailers, at most
 * kMaxTrailers bytes of them.
 */
class ResponseHeadReader {
 public:
  static constexpr size_t kMaxBytes = 256 * 1024;
  static constexpr size_t kMaxFields = 1000;

  /**
   * One line with its line end. True when it completes the final head. Fails on what is not HTTP/1, on 101 (nobody
   * asked for an upgrade) and on a head beyond the limits.
   */
  tl::expected<bool, Failure> Feed(std::string_view line);
  bool IsComplete() const { return complete_; }
  /** The head, once it is complete. */
  ResponseHead Take();
  /** Those seen so far, without the fields that can only stand in a head (RFC 9110 section 6.5.1). */
  HeaderList TakeTrailers();

 private:
  tl::expected<bool, Failure> Complete();
  bool ReadStatusLine(std::string_view line);
  static bool ReadField(std::string_view line, HeaderList &fields);
  tl::expected<bool, Failure> ReadTrailer(std::string_view line);

  ResponseHead head_;
  HeaderList trailers_;
  size_t bytes_ = 0;
  bool complete_ = false;
};

}  // namespace lookout
