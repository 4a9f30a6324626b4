// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "auth/Secret.hxx"
#include "base/Result.hxx"

namespace lookout {

/** A key or a token needs a few hundred bytes; a list of keys for a large fleet fits into a mebibyte. */
inline constexpr size_t kCredentialFileLimit = 64 * 1024;
inline constexpr size_t kKeyListFileLimit = 1024 * 1024;

/**
 * Reads a file that decides who may do what: a private key, a token, a list of keys. It must be a regular file
 * (symbolic links are followed) of at most `limit` bytes that its owner can read, that others cannot read, and
 * that nobody but its owner can write: modes like 0400, 0440, 0600, 0640. The checks are made on the open
 * descriptor. The error names the file, what is wrong, and the command that mends it.
 */
Result<Secret> ReadCredentialFile(const std::string &path, size_t limit = kCredentialFileLimit);

/** The same for a file that decides but holds no secret, such as certificates and settings: others may read it. */
Result<Secret> ReadTrustedFile(const std::string &path, size_t limit);

/** ReadCredentialFile() for one-line secrets: white space at both ends is removed. */
Result<Secret> ReadTokenFile(const std::string &path);

/** Writes a new file with mode 0600, to the disk; an existing one is never touched, and half a file is removed. */
Result<void> CreateCredentialFile(const std::string &path, std::string_view content);

/**
 * Puts the content in place of that file's, whole or not at all, also when the power fails: it is written to a new file
 * beside it, which is then renamed. A symbolic link stays and its target is replaced. Owner and mode are kept; a file
 * that was not there gets mode 0600. Blocks for as long as the disk takes to write a few kilobytes.
 */
Result<void> ReplaceCredentialFile(const std::string &path, std::string_view content);

}  // namespace lookout
