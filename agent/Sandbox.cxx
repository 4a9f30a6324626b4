// SPDX-License-Identifier: Apache-2.0
#include "agent/Sandbox.hxx"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "agent/ComposeFiles.hxx"
#include "base/UniqueFd.hxx"

namespace lookout {

namespace {

namespace fs = std::filesystem;

/** Libraries that are loaded late (name look-up, OpenSSL's providers), certificates, locales: public, none can be run.
 */
constexpr std::array<const char *, 15> kSystemPaths = {"/usr",
                                                       "/lib",
                                                       "/lib32",
                                                       "/lib64",
                                                       "/etc/ssl",
                                                       "/etc/pki",
                                                       "/etc/crypto-policies",
                                                       "/etc/ca-certificates",
                                                       "/etc/ld.so.cache",
                                                       "/etc/localtime",
                                                       "/etc/host.conf",
                                                       "/etc/gai.conf",
                                                       "/etc/services",
                                                       "/dev/urandom",
                                                       "/dev/random"};
/** These can be replaced while the agent runs: see FindReplacedSystemFile(). */
constexpr std::array<const char *, 3> kResolverFiles = {"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf"};

class Planner {
 public:
  Planner(const Config &config, const SandboxHost &host) : config_(config), host_(host) {}

  SandboxPlan Plan() {
    for (const char *const path : kSystemPaths) Add(path, Access::Read);
    for (const char *const path : kResolverFiles) AddFile(path, Access::Read);
    Add("/dev/null", Access::Change);
    AddConfigured();
    AddState();
    if (auto compose = FindComposeFiles(host_.path); !compose.programs.empty() && MakeDirectory(config_.stacks_dir)) {
      AddCompose(compose);
    }
    if (config_.port != 0) plan_.port = config_.port;
    return std::move(plan_);
  }

 private:
  using Access = PathRule::Access;

  void Add(const std::string &path, Access access) { plan_.files.push_back({path, access}); }

  /** A file that may be replaced by another of its name, also where a symbolic link leads to it. */
  void AddFile(const std::string &path, Access access) {
    if (path.empty()) return;
    std::error_code ignored;
    const auto absolute = fs::absolute(path, ignored).lexically_normal();
    const auto resolved = fs::weakly_canonical(absolute, ignored);
    for (const auto &file : {absolute, resolved.empty() ? absolute : resolved}) {
      const auto folder = file.parent_path();
      const bool is_top = folder.relative_path().empty() || folder.relative_path().parent_path().empty();
      Add(is_top ? file : folder, access);
    }
  }

  void AddConfigured() {
    AddFile(host_.config_file, Access::Read);
    for (const auto *const path :
         {&config_.private_key_file, &config_.ca_cert, &config_.tls_cert, &config_.tls_key, &config_.tls_client_ca,
          &config_.token_file, &config_.token_hash_file, &config_.enrollment_token_file}) {
      AddFile(*path, Access::Read);
    }
    const bool enrolls = !config_.enrollment_token.IsEmpty() || !config_.enrollment_token_file.empty();
    AddFile(config_.authorized_keys, enrolls ? Access::Change : Access::Read);
    if (config_.audit_log != "stdout" && config_.audit_log != "stderr") AddFile(config_.audit_log, Access::Change);
    Add(config_.host_proc, Access::Read);
  }

  void AddState() {
    const bool is_usable = MakeDirectory(config_.state_directory);
    Add(config_.state_directory, Access::Change);
    // Bodies that are too large for memory go there instead.
    if (!is_usable) Add(host_.temporary_directory, Access::Change);
  }

  void AddCompose(const ComposeFiles &compose) {
    plan_.programs = Programs::Some;
    for (const auto &path : compose.programs) Add(path, Access::Run);
    for (const auto &path : compose.files) Add(path, Access::Read);
    Add("/proc", Access::Read);
    for (const auto &path : {config_.stacks_dir, host_.temporary_directory, std::string("/dev/shm")}) {
      Add(path, Access::Change);
    }
    if (!host_.runtime_directory.empty()) Add(host_.runtime_directory, Access::Change);
  }

  static bool MakeDirectory(const std::string &path) {
    ::mkdir(path.c_str(), 0750);
    return ::access(path.c_str(), W_OK | X_OK) == 0;
  }

  const Config &config_;
  const SandboxHost &host_;
  SandboxPlan plan_;
};

}  // namespace

SandboxPlan PlanSandbox(const Config &config, const SandboxHost &host) {
  return Planner(config, host).Plan();
}

Result<void> EnterSandbox(const SandboxPlan &plan) {
  // It holds secrets: no core dump, and no look into its memory for others of its user.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return Fail(fmt::format("no_new_privs: {}", std::strerror(errno)));
  }
  const auto files = RestrictFiles(plan.files, plan.port);
  const auto calls = RestrictSyscalls(plan.programs);
  if (!files && !calls) return Fail(fmt::format("{}; {}", files.error().message, calls.error().message));
  return files ? calls : files;
}

std::string FindReplacedSystemFile() {
  for (const char *const path : kResolverFiles) {
    const UniqueFd file(::open(path, O_RDONLY | O_CLOEXEC));
    if (!file.IsOpen() && errno == EACCES) return path;
  }
  return {};
}

}  // namespace lookout
