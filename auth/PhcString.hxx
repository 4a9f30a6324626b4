// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/Result.hxx"

namespace lookout {

/**
 * The hash of a token as the PHC string format writes Argon2id (RFC 9106):
 *
 *     $argon2id$v=19$m=19456,t=2,p=1$SALT$TAG
 *
 * Its numbers decide what each attempt to log in costs this host, and its lengths how hard a tag is to guess, so a
 * string is held to these bounds when it is loaded, never when it is first used.
 */
struct PhcString {
  /** 256 MiB and 10 passes are about two seconds of one processor; RFC 9106 itself recommends 64 MiB and 3 passes. */
  static constexpr uint32_t kMaxMemoryKib = 256 * 1024;
  static constexpr uint32_t kMinMemoryKibPerLane = 8;
  static constexpr uint32_t kMaxPasses = 10;
  static constexpr uint32_t kMaxLanes = 16;
  static constexpr size_t kMinSaltSize = 8;
  static constexpr size_t kMaxSaltSize = 64;
  static constexpr size_t kMinTagSize = 16;
  static constexpr size_t kMaxTagSize = 64;

  uint32_t memory_kib = 0;  // m, at least 8 a lane
  uint32_t passes = 0;      // t
  uint32_t lanes = 0;       // p
  std::string salt;         // raw bytes
  std::string tag;          // raw bytes

  /**
   * Exactly six fields between dollar signs, the first empty; m, t and p once each in any order; salt and tag in
   * base64 without padding. The error says which part is wrong and why, and never repeats salt or tag.
   */
  static Result<PhcString> Parse(std::string_view text);

  /** In the one order and spelling that every implementation reads. */
  std::string ToString() const;
};

}  // namespace lookout
