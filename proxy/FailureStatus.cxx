// SPDX-License-Identifier: Apache-2.0
#include "proxy/FailureStatus.hxx"

namespace lookout {

int StatusOfFailure(Failure::Kind kind) {
  switch (kind) {
    case Failure::Kind::BadRequest: return 400;
    case Failure::Kind::TooLarge: return 413;
    case Failure::Kind::Refused: return 503;
    case Failure::Kind::TimedOut: return 504;
    case Failure::Kind::Unreachable:
    case Failure::Kind::Broken: break;
  }
  return 502;
}

}  // namespace lookout
