// SPDX-License-Identifier: Apache-2.0
#include "agent/Keygen.hxx"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "auth/AuthorizedKeys.hxx"
#include "auth/CredentialFile.hxx"
#include "auth/Ed25519PrivateKey.hxx"
#include "base/WriteAll.hxx"

namespace lookout {

namespace {

int ReportFailure(std::string_view reason) {
  fmt::print(stderr, "lookout keygen: {}\n", reason);
  return EXIT_FAILURE;
}

/** Without stdio, whose buffer would keep a copy of the key. */
Result<void> Print(std::string_view text) {
  const int error = WriteAll(STDOUT_FILENO, text);
  if (error != 0) return Fail(fmt::format("cannot write to standard output: {}", std::strerror(error)));
  return {};
}

/** `lookout keygen > FILE` leaves the mode to the umask. */
void WarnOfReadableOutput() {
  struct stat status {};
  if (::fstat(STDOUT_FILENO, &status) != 0 || !S_ISREG(status.st_mode) || (status.st_mode & 0077) == 0) return;
  fmt::print(stderr, "Others can read that file (mode {:04o}): run \"chmod 0600\" on it.\n", status.st_mode & 07777);
}

Result<void> WriteNewKey(const KeygenOptions &options, const Ed25519PrivateKey &key, const std::string &line) {
  const Secret pem = key.ToPem();
  if (options.out.empty()) {
    const auto printed = Print(pem.Reveal());
    return printed ? Print(line) : printed;
  }
  const auto created = CreateCredentialFile(options.out, pem.Reveal());
  return created ? Print(line) : created;
}

int MakeKey(const KeygenOptions &options) {
  const auto key = Ed25519PrivateKey::Generate();
  const auto line = FormatAuthorizedKey(key.PublicKey(), options.comment);
  if (!line) return ReportFailure(line.error().message);
  if (const auto written = WriteNewKey(options, key, *line + '\n'); !written) {
    return ReportFailure(written.error().message);
  }
  const auto file = options.out.empty() ? "the file that the PEM block is kept in" : options.out;
  fmt::print(stderr,
             "The key {} is new. Give the line that begins with \"ed25519\" to the controller, and name\n"
             "{} with PRIVATE_KEY_FILE.\n",
             key.PublicKey().Id(), file);
  if (options.out.empty()) WarnOfReadableOutput();
  return EXIT_SUCCESS;
}

int ShowPublicKey(const KeygenOptions &options) {
  const auto key = LoadPrivateKey(options.pub_from);
  if (!key) return ReportFailure(key.error().message);
  const auto line = FormatAuthorizedKey(key->PublicKey(), options.comment);
  if (!line) return ReportFailure(line.error().message);
  if (const auto printed = Print(*line + '\n'); !printed) return ReportFailure(printed.error().message);
  fmt::print(stderr, "The public key {}: give the line to the controller.\n", key->PublicKey().Id());
  return EXIT_SUCCESS;
}

}  // namespace

int RunKeygen(const KeygenOptions &options) {
  return options.pub_from.empty() ? MakeKey(options) : ShowPublicKey(options);
}

}  // namespace lookout
