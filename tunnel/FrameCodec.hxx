// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "tunnel/Frame.hxx"

namespace lookout {

/** What is known of a frame that cannot be acted on; ids are there when they could be read. */
struct FrameError {
  std::string message;
  std::string type;
  std::string request_id;
  std::string exec_id;
  std::string container_id;
  /** A log request that asks for a stream. */
  bool stream = false;
};

/**
 * Decodes one message of the controller: `{"type":string,"data":object}`. Unknown types and fields are not
 * errors; keys match without regard to case; `null` counts as absent. Safe for hostile input.
 */
tl::expected<Frame, FrameError> ParseFrame(std::string_view message);

}  // namespace lookout
