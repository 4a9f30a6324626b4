// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/Result.hxx"
#include "proxy/BodyFraming.hxx"

namespace lookout {

/** What a request on a connection of its own has in place of the asker's hop-by-hop fields, Host and Content-Length. */
struct HijackHeadForm {
  std::string_view host = "localhost";
  /** `Connection: Upgrade` with the asker's Upgrade value, or "tcp"; else `Connection: close`. */
  bool is_upgrade = true;
  BodyShape body;
};

/** The head's bytes, blank line included. Refused: anything that would not read as one head with exactly these parts.
 */
Result<std::string> MakeHijackHead(const RequestHead &head, const HijackHeadForm &form);

}  // namespace lookout
