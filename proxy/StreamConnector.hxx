// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "proxy/ByteStream.hxx"
#include "proxy/Exchange.hxx"

namespace lookout {

/** Makes one connection to a server; destroying it gives up. */
class StreamConnector {
 public:
  /** A stream that is open, or why there is none: Unreachable or BadRequest, in words for the user. */
  using Outcome = tl::expected<std::unique_ptr<ByteStream>, Failure>;

  virtual ~StreamConnector() = default;
  /**
   * Once. `on_done` comes once, and may come from inside this call; it must not destroy the connector. There is no time
   * limit: the owner destroys it.
   */
  virtual void Connect(std::function<void(Outcome)> on_done) = 0;
  /** What it waits for, for the message when it has taken too long. */
  virtual std::string WaitingFor() const = 0;
};

}  // namespace lookout
