// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "proxy/HttpHead.hxx"

namespace lookout {

enum class HttpVersion { V10, V11 };

/** Why a message cannot be accepted: the status to answer with, and words for the peer and the log. */
struct HttpError {
  int status = 400;
  std::string message;
};

template <typename T>
using HttpResult = tl::expected<T, HttpError>;

inline tl::unexpected<HttpError> HttpFail(int status, std::string message) {
  return tl::unexpected<HttpError>(HttpError{status, std::move(message)});
}

/** What is known of a request's body before it is sent. */
struct BodyShape {
  bool present = false;
  /** Unset: sent in chunks. */
  std::optional<uint64_t> length;
};

/** How the end of a message body is found (RFC 9112 section 6.3). */
struct BodyFraming {
  enum class Kind { None, Length, Chunked, UntilClose };
  Kind kind = Kind::None;
  uint64_t length = 0;  // with Length

  bool operator==(const BodyFraming &) const = default;
};

/**
 * The framing of a request. Anything two readers could understand differently is refused: more than one
 * Content-Length, even equal ones; Content-Length with Transfer-Encoding; any coding but one `chunked`;
 * Transfer-Encoding in HTTP/1.0.
 */
HttpResult<BodyFraming> ParseRequestFraming(const RequestHead &head, HttpVersion version);

/** The framing of a final response to `method`, just as strict. Bodies of HEAD, 204 and 304 are None. */
HttpResult<BodyFraming> ParseResponseFraming(int status, const HeaderList &headers, HttpVersion version,
                                             std::string_view method);

}  // namespace lookout
