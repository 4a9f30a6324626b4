// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/JsonWriter.hxx"
#include "proxy/HttpHead.hxx"

namespace lookout {

/** How a whole reply body can stand in a `response` frame (docs/protocol.md, "Bodies of replies"). */
enum class BodyForm {
  Empty,   // no body member
  Json,    // as it is: an object or array that survives a receiver's JSON numbers
  Text,    // as one JSON string, which the controller turns back into exactly these bytes
  Binary,  // not UTF-8: cannot be carried, but for `bodyBase64` where the controller takes it
};

BodyForm ClassifyBody(std::string_view body);

/** Adds statusCode, headers and contentType. Repeated headers are joined; those that describe the framing of the
 * original body are left out. */
void WriteResponseHead(JsonWriter &json, const ResponseHead &head);

}  // namespace lookout
