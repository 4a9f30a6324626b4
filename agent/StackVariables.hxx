// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "agent/ComposeRequest.hxx"
#include "base/Result.hxx"

namespace lookout {

using StackVariables = std::map<std::string, std::string>;

/**
 * The text of a stack's variables file: one KEY="value" a line, in which \\, \" and \$ stand for themselves. The
 * agent gives the variables to compose in its environment, where nothing needs quotes; the file keeps them for the
 * next operation.
 */
std::string FormatStackVariables(const StackVariables &variables);

/**
 * Reads that form, and what others write: KEY=value and KEY='value' as they stand, blank lines, comments. Every
 * variable has to pass CheckComposeVariable().
 */
Result<StackVariables> ParseStackVariables(std::string_view text, const ComposeRules &rules);

}  // namespace lookout
