// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "proxy/Exchange.hxx"

namespace lookout {

/** The HTTP status that tells a client of a failure before any answer has begun. */
int StatusOfFailure(Failure::Kind kind);

}  // namespace lookout
