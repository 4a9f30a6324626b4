// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "tests/fuzz/ByteScript.hxx"

namespace lookout {

/** One request as a client writes it, and what a server must make of it. */
struct WrittenRequest {
  enum class Kind {
    Sound,      // to be passed on as it is
    Ambiguous,  // two readers could see two messages, so it must never be passed on; its path is /ambiguous
    Broken,     // anything at all
  };
  Kind kind = Kind::Sound;
  std::string bytes;
  std::string target;
  std::string body;
};

/** `number` names the request in its path. */
WrittenRequest WriteRequest(ByteScript &script, size_t number);

}  // namespace lookout
