// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace lookout {

/** Why a parse or a check failed, in words for the person who reads the log: what, where, and what to do. */
struct Error {
  std::string message;
};

/**
 * The outcome of parsing anything that a peer or a user wrote: a value, or an Error. Such parsers never
 * throw; set-up code that cannot go on throws std::runtime_error instead.
 */
template <typename T>
using Result = tl::expected<T, Error>;

/** Makes the failing side of any Result. */
inline tl::unexpected<Error> Fail(std::string message) {
  return tl::unexpected<Error>(Error{std::move(message)});
}

}  // namespace lookout
