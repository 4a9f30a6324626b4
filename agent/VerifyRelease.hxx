// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace lookout {

struct VerifyReleaseOptions {
  /** The public key of the releases, PEM, as "openssl pkey -pubout" writes it. */
  std::string key_file;
  /** SHA256SUMS; its signature is in the file of the same name with ".sig" behind it. */
  std::string sums_file;
  /** Files that must be listed and right; none given: those of the list that lie beside it, one at least. */
  std::vector<std::string> files;
};

/**
 * `lookout verify-release`: checks that the list of checksums was signed by the release key (Ed25519, over its bytes),
 * and then the files. One line for each file; the exit code, 1 when anything is wrong. Throws when a file cannot be
 * read.
 */
int RunVerifyRelease(const VerifyReleaseOptions &options);

}  // namespace lookout
