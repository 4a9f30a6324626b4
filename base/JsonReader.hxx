// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/Result.hxx"

namespace lookout {

enum class JsonScalar { Null, True, False, Number, String };

/** Receives a JSON text piece by piece; returning false ends the parse with an error. */
class JsonEvents {
 public:
  virtual ~JsonEvents() = default;
  /** `text` is the decoded string (valid during the call only), `raw` the value's own bytes in the source. */
  virtual bool OnScalar(JsonScalar kind, std::string_view text, std::string_view raw) = 0;
  /** `key` is valid during the call only. */
  virtual bool OnKey(std::string_view key) = 0;
  virtual bool OnOpen(bool is_object) = 0;
  virtual bool OnClose(std::string_view raw) = 0;
};

/**
 * Reads exactly one JSON value, depth at most JsonLimits::kMaxDepth, valid UTF-8 only; a number with an exponent
 * beyond a double's range is refused. The one place that uses RapidJSON, set up against its known faults:
 * iterative (no stack overflow), numbers as strings (its number parser crashes on a hostile exponent,
 * CVE-2024-38517), length-delimited input (its validation of NUL-terminated input reads too far).
 */
Result<void> ReadJson(std::string_view text, JsonEvents &events);

}  // namespace lookout
