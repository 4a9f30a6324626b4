// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/Result.hxx"
#include "proxy/BodyFraming.hxx"

namespace lookout {

/**
 * Writes one answer in HTTP/1.1: with the Content-Length that its head states, else in chunks, or for an HTTP/1.0
 * client until the connection closes. Answers to HEAD, 204 and 304 have no body, whatever is given for one.
 */
class ResponseWriter {
 public:
  ResponseWriter(std::string_view method, HttpVersion version) : is_head_(method == "HEAD"), version_(version) {}

  /**
   * Appends the head: hop-by-hop fields replaced by ours, fields that cannot stand in a head left out, Date added
   * where there is none. `close` announces that this is the last answer.
   */
  void Begin(std::string &out, ResponseHead head, bool close, std::string_view date);
  /** The connection must be closed after this answer. */
  bool MustClose() const { return close_; }
  /** A connection that just closes would look like the answer's orderly end. */
  bool EndsWithConnection() const { return framing_.kind == BodyFraming::Kind::UntilClose; }
  /**
   * What to send for these bytes of the body: themselves, or as a chunk, which is put into `room`. Fails when this is
   * more than the head has announced.
   */
  Result<std::string_view> Frame(std::string_view bytes, std::string &room);
  /** Fails when this is less than the head has announced. Trailers are left out where the framing has no place for
   * them. */
  Result<void> Finish(std::string &out, const HeaderList &trailers = {});

 private:
  BodyFraming ChooseFraming(HeaderList &headers, int status) const;

  bool is_head_;
  HttpVersion version_;
  bool close_ = false;
  BodyFraming framing_;
  uint64_t left_ = 0;
};

/** The head of a 101, with the fields that name the new protocol. */
std::string MakeSwitchingHead(const ResponseHead &head);

/** "Tue, 15 Nov 1994 08:12:31 GMT" (RFC 9110 section 5.6.7). */
std::string FormatHttpDate(int64_t unix_seconds);

}  // namespace lookout
