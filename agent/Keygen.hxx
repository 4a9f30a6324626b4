// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/CommandLine.hxx"

namespace lookout {

/**
 * `lookout keygen`. What other programs read goes to standard output, words for people to standard error:
 *
 * | options         | standard output                             | file                                  |
 * |-----------------|---------------------------------------------|---------------------------------------|
 * | none            | private key (PEM) and line with public key  |                                       |
 * | --out FILE      | line with public key                        | private key (PEM), new, mode 0600     |
 * | --pub-from FILE | line with public key                        |                                       |
 *
 * Needs no configuration. Returns the exit code.
 */
int RunKeygen(const KeygenOptions &options);

}  // namespace lookout
