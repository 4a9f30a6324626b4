// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "agent/ConfigLoader.hxx"

namespace lookout {

/** One line for each setting in the table's order: name, value (secrets masked), where it comes from. */
std::string DescribeConfig(const LoadedConfig &loaded);

/** Writes errors and warnings to standard error, one a line; false when there are errors. */
bool ReportConfigProblems(const LoadedConfig &loaded);

/** `lookout check-config`: checks everything a start checks, and writes nothing but its output. The exit code. */
int RunCheckConfig(const ConfigSources &sources);

}  // namespace lookout
