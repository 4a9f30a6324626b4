// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace lookout {

/** What a rejection code of the controller means for the next attempt (protocol: rejections). */
enum class RejectionKind {
  Persistent,  // somebody has to change something: try slowly, say loudly what to fix
  Passing,     // likely to go away by itself: the ordinary delays
  ClockSkew,   // passing, once the controller's time has been learned
  Unknown,     // a code we do not know: as Passing
};

RejectionKind ClassifyRejection(std::string_view code);

/** What the user can do about it, as a sentence; "" where nothing needs doing. */
std::string_view RejectionAdvice(std::string_view code);

}  // namespace lookout
