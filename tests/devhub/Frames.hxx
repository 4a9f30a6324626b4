// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/JsonValue.hxx"
#include "base/JsonWriter.hxx"

namespace lookout::devhub {

/** {"type":...,"data":...}; `data` is JSON. */
std::string MakeFrame(std::string_view type, std::string_view data);

/** A UUIDv7 for a frame's requestId or execId. */
std::string MakeFrameId(int64_t unix_millis);

/** The HTTP body that the controller makes of a response's `body` (null or absent: empty; string: its text). */
std::string MakeHttpBody(const JsonValue &body);

/**
 * The value as JavaScript would write it after reading it: no white space, numbers through a double. An agent
 * that sends a number as an object member which a double cannot hold is thereby found out.
 */
void Reserialise(const JsonValue &value, JsonWriter &out);

/**
 * The controller's rule for which targets answer as a stream: without the query, the path ends with one of
 * six words, or it is an exec start.
 */
bool IsStreamTarget(std::string_view target);

}  // namespace lookout::devhub
