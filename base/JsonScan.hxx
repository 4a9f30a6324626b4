// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace lookout {

/**
 * True only when the text is one JSON object or array (RFC 8259), as ReadJson() would read it, nested no deeper than
 * JsonLimits::kMaxDepth, and every number of it survives in JavaScript. False says nothing: the text may be broken, or
 * hold what is rare and left to ReadJson() (surrogate pairs in escapes, numbers with exponents, long numbers).
 *
 * Ten times as fast as ReadJson(), and that counts: every reply of the engine is looked at in this way.
 */
bool IsPlainJson(std::string_view text);

/** True when JavaScript, which reads every number as a double, prints this JSON number again with the same digits. */
bool SurvivesAsDouble(std::string_view number);

}  // namespace lookout
