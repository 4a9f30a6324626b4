// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "proxy/BodyFraming.hxx"

namespace lookout {

struct RequestMessage {
  RequestHead head;
  HttpVersion version = HttpVersion::V11;
  BodyFraming framing;
};

struct ResponseMessage {
  ResponseHead head;
  HttpVersion version = HttpVersion::V11;
};

/**
 * Reads a head by RFC 9112, strictly, so that no one in front of or behind us can see other messages than we do.
 * HTTP/1.0 and 1.1; exactly one Host in 1.1. The target is kept as it was written; the absolute form loses its
 * scheme and authority, and the latter replaces the Host field (section 3.2.2); "*" is only for OPTIONS. Errors carry
 * the status to answer with: 400, 414, 431, 501 or 505.
 */
HttpResult<RequestMessage> ParseRequest(std::string_view text);
/** The same for the head of a response; statuses 100 to 599. */
HttpResult<ResponseMessage> ParseResponse(std::string_view text);

}  // namespace lookout
