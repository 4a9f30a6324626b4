// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/JsonValue.hxx"

namespace lookout {

/**
 * What an assistant is told of the engine's answers: a chosen part, never the values of environment variables. Lists
 * are lists, also when the engine leaves them out or says null.
 */
std::string FormatMcpContainerList(const JsonValue &containers);
std::string FormatMcpContainer(const JsonValue &container);
std::string FormatMcpStats(const JsonValue &stats, const std::string &id);

}  // namespace lookout
