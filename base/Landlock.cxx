// SPDX-License-Identifier: Apache-2.0
#include "base/Landlock.hxx"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/UniqueFd.hxx"

namespace lookout {

namespace {

// Debian 12's <linux/landlock.h> ends with Linux 6.1, so that what the kernel takes is written down here
// (Documentation/userspace-api/landlock.rst).
struct RulesetAttributes {
  uint64_t file_rights;
  uint64_t network_rights;
  uint64_t scopes;
};

struct [[gnu::packed]] PathAttributes {
  uint64_t rights;
  int32_t directory;
};

struct PortAttributes {
  uint64_t rights;
  uint64_t port;
};

constexpr unsigned kVersionFlag = 1;
constexpr int kPathRule = 1;
constexpr int kPortRule = 2;

constexpr uint64_t kExecute = 1 << 0;
constexpr uint64_t kWriteFile = 1 << 1;
constexpr uint64_t kReadFile = 1 << 2;
constexpr uint64_t kReadDirectory = 1 << 3;
constexpr uint64_t kRemoveDirectory = 1 << 4;
constexpr uint64_t kRemoveFile = 1 << 5;
constexpr uint64_t kMakeDirectory = 1 << 7;
constexpr uint64_t kMakeFile = 1 << 8;
constexpr uint64_t kMakeSocket = 1 << 9;
constexpr uint64_t kMakeFifo = 1 << 10;
constexpr uint64_t kMakeLink = 1 << 12;
constexpr uint64_t kFirstRights = (1 << 13) - 1;
constexpr uint64_t kRename = 1 << 13;         // version 2
constexpr uint64_t kTruncate = 1 << 14;       // version 3
constexpr uint64_t kDeviceControl = 1 << 15;  // version 5
constexpr uint64_t kBindPort = 1 << 0;        // version 4
constexpr uint64_t kSignalScope = 1 << 1;     // version 6

constexpr uint64_t kFileRights = kExecute | kWriteFile | kReadFile | kTruncate;

uint64_t RightsOf(PathRule::Access access) {
  constexpr uint64_t kRead = kReadFile | kReadDirectory;
  switch (access) {
    case PathRule::Access::Read: return kRead;
    case PathRule::Access::Run: return kRead | kExecute;
    case PathRule::Access::Change: break;
  }
  return kRead | kWriteFile | kRemoveDirectory | kRemoveFile | kMakeDirectory | kMakeFile | kMakeSocket | kMakeFifo |
         kMakeLink | kRename | kTruncate;
}

RulesetAttributes Handled(long version, bool limit_port) {
  RulesetAttributes handled{};
  handled.file_rights = kFirstRights;
  if (version >= 2) handled.file_rights |= kRename;
  if (version >= 3) handled.file_rights |= kTruncate;
  if (version >= 4 && limit_port) handled.network_rights = kBindPort;
  if (version >= 5) handled.file_rights |= kDeviceControl;
  if (version >= 6) handled.scopes = kSignalScope;
  return handled;
}

/** An older kernel refuses fields that it does not know. */
size_t SizeFor(long version) {
  if (version >= 6) return sizeof(RulesetAttributes);
  return version >= 4 ? offsetof(RulesetAttributes, scopes) : offsetof(RulesetAttributes, network_rights);
}

tl::unexpected<Error> FailWithErrno(std::string_view what) {
  return Fail(fmt::format("{}: {}", what, std::strerror(errno)));
}

Result<void> AddPath(int ruleset, const PathRule &rule, uint64_t handled) {
  const UniqueFd target(::open(rule.path.c_str(), O_PATH | O_CLOEXEC));
  struct stat status {};
  if (!target.IsOpen() || ::fstat(target.Get(), &status) != 0) return {};
  uint64_t rights = RightsOf(rule.access) & handled;
  if (!S_ISDIR(status.st_mode)) rights &= kFileRights;
  const PathAttributes attributes{rights, target.Get()};
  if (::syscall(SYS_landlock_add_rule, ruleset, kPathRule, &attributes, 0) == 0) return {};
  return FailWithErrno("landlock_add_rule for " + rule.path);
}

}  // namespace

Result<void> RestrictFiles(std::span<const PathRule> rules, std::optional<uint16_t> port) {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, kVersionFlag);
  if (version < 1) return Fail("this kernel has no landlock");
  const auto handled = Handled(version, port.has_value());
  const UniqueFd ruleset(static_cast<int>(::syscall(SYS_landlock_create_ruleset, &handled, SizeFor(version), 0)));
  if (!ruleset.IsOpen()) return FailWithErrno("landlock_create_ruleset");
  for (const auto &rule : rules) {
    if (auto added = AddPath(ruleset.Get(), rule, handled.file_rights); !added) return added;
  }
  if (handled.network_rights != 0) {
    const PortAttributes attributes{kBindPort, *port};
    if (::syscall(SYS_landlock_add_rule, ruleset.Get(), kPortRule, &attributes, 0) != 0) {
      return FailWithErrno("landlock_add_rule for the port");
    }
  }
  if (::syscall(SYS_landlock_restrict_self, ruleset.Get(), 0) != 0) return FailWithErrno("landlock_restrict_self");
  return {};
}

}  // namespace lookout
