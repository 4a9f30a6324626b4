// SPDX-License-Identifier: Apache-2.0
#include "agent/Sandbox.hxx"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <sched.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <functional>
#include <thread>

#include "agent/ComposeFiles.hxx"
#include "auth/CredentialFile.hxx"
#include "base/UniqueFd.hxx"
#include "tests/support/ProcessUsage.hxx"
#include "tests/support/TempDir.hxx"

using namespace lookout;

namespace {

/** errno of opening, 0 when it can be opened. */
int OpenErrno(const std::string &path, int flags = O_RDONLY) {
  const UniqueFd file(::open(path.c_str(), flags | O_CLOEXEC, 0600));
  return file.IsOpen() ? 0 : errno;
}

/** errno of running a program, 0 when it ran. */
int RunErrno(const std::string &path) {
  std::string name = path;
  char *arguments[] = {name.data(), nullptr};
  pid_t child = 0;
  const int failure = ::posix_spawn(&child, path.c_str(), nullptr, nullptr, arguments, nullptr);
  if (failure == 0) ::waitpid(child, nullptr, 0);
  return failure;
}

int BindErrno(uint16_t port) {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return ::bind(socket.Get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0 ? 0 : errno;
}

/** A directory for the agent, in the sandbox, and one for others, out of it. */
struct Fixture {
  Fixture() {
    config.state_directory = own.Join("state");
    config.private_key_file = own.Write("key.pem", "key");
    config.stacks_dir = own.Join("stacks");
    config.port = 0;
    host.config_file = own.Write("lookout.conf", "");
    host.path = other.Path().string();
    host.temporary_directory = own.Path().string();
  }

  /** Runs `probe` in a process of its own, in the sandbox; what it returned, or -1 when it was killed. */
  int InSandbox(const std::function<int()> &probe) const {
    const pid_t child = ::fork();
    if (child == 0) {
      const auto entered = EnterSandbox(PlanSandbox(config, host));
      ::_exit(entered ? probe() : 255);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  TempDir own;
  TempDir other;
  Config config;
  SandboxHost host;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "Sandbox: files that are not the agent's cannot be opened", "[sandbox]") {
  const auto secret = other.Write("secret", "secret");
  REQUIRE(OpenErrno(secret) == 0);
  CHECK(InSandbox([&] { return OpenErrno(secret); }) == EACCES);
  CHECK(InSandbox([&] { return OpenErrno(other.Join("new"), O_WRONLY | O_CREAT); }) == EACCES);
  // Root could, and in this test we are root where it counts.
  if (::geteuid() == 0) REQUIRE(OpenErrno("/etc/shadow") == 0);
  CHECK(InSandbox([] { return OpenErrno("/etc/shadow"); }) == EACCES);
  CHECK(InSandbox([] { return OpenErrno("/root"); }) == EACCES);
}

TEST_CASE_METHOD(Fixture, "Sandbox: the agent's own files can be read, replaced and written as before", "[sandbox]") {
  CHECK(InSandbox([&] { return OpenErrno(config.private_key_file); }) == 0);
  CHECK(InSandbox([&] { return OpenErrno(config.private_key_file, O_WRONLY); }) == EACCES);
  CHECK(InSandbox([&] { return ReplaceCredentialFile(config.state_directory + "/agent-id", "id") ? 0 : 1; }) == 0);
  CHECK(InSandbox([&] { return ReplaceCredentialFile(config.state_directory + "/agent-id", "id2") ? 0 : 1; }) == 0);
  CHECK(InSandbox([&] { return OpenErrno(config.state_directory, O_TMPFILE | O_RDWR); }) == 0);
  for (const auto *const path :
       {"/etc/resolv.conf", "/etc/hosts", "/proc/stat", "/dev/urandom", "/etc/ssl/openssl.cnf"}) {
    CAPTURE(path);
    CHECK(InSandbox([path] { return OpenErrno(path); }) == OpenErrno(path));
  }
  CHECK(InSandbox([] { return FindReplacedSystemFile().empty() ? 0 : 1; }) == 0);
}

TEST_CASE_METHOD(Fixture, "Sandbox: a replaced file of the system is noticed", "[sandbox]") {
  if (::geteuid() != 0) return;  // it takes an /etc of our own
  const pid_t outside = ::fork();
  if (outside == 0) {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) ::_exit(2);
    if (::mount("tmpfs", "/etc", "tmpfs", 0, nullptr) != 0) ::_exit(3);
    std::ofstream("/etc/resolv.conf") << "nameserver 192.0.2.1\n";
    int gate[2];
    if (::pipe(gate) != 0) ::_exit(4);
    const pid_t agent = ::fork();
    if (agent == 0) {
      const bool entered = EnterSandbox(PlanSandbox(config, host)).has_value();
      const bool was_well = FindReplacedSystemFile().empty();
      char byte = 0;
      ::close(gate[1]);
      ::_exit(entered && was_well && ::read(gate[0], &byte, 1) == 0 && FindReplacedSystemFile() == "/etc/resolv.conf"
                  ? 0
                  : 1);
    }
    ::usleep(200'000);
    std::ofstream("/etc/new") << "nameserver 192.0.2.2\n";
    static_cast<void>(std::rename("/etc/new", "/etc/resolv.conf"));
    ::close(gate[1]);
    int status = 0;
    ::waitpid(agent, &status, 0);
    ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 5);
  }
  int status = 0;
  ::waitpid(outside, &status, 0);
  CHECK(status == 0);
}

TEST_CASE_METHOD(Fixture, "Sandbox: a file that was replaced is found again in its folder", "[sandbox]") {
  const auto probe = [&] {
    const auto replaced = ReplaceCredentialFile(config.state_directory + "/keys", "new");
    return replaced ? OpenErrno(config.state_directory + "/keys") : 1;
  };
  config.authorized_keys = config.state_directory + "/keys";
  CHECK(InSandbox(probe) == 0);
}

TEST_CASE_METHOD(Fixture, "Sandbox: a key list can be replaced only where keys are enrolled", "[sandbox]") {
  const TempDir keys;
  config.authorized_keys = keys.Write("authorized_keys", "");
  const auto probe = [&] { return ReplaceCredentialFile(config.authorized_keys, "new") ? 0 : 1; };
  CHECK(InSandbox(probe) == 1);
  config.enrollment_token_file = own.Write("token", "token");
  CHECK(InSandbox(probe) == 0);
}

TEST_CASE_METHOD(Fixture, "Sandbox: without a compose tool no program runs at all", "[sandbox]") {
  REQUIRE(RunErrno("/bin/true") == 0);
  CHECK(InSandbox([] { return RunErrno("/bin/true"); }) == EPERM);
  CHECK(InSandbox([] {
          char *arguments[] = {nullptr};
          ::execv("/bin/true", arguments);
          return errno;
        }) == EPERM);
  CHECK(InSandbox([] { return ::fork() < 0 ? errno : 0; }) == EPERM);
}

TEST_CASE_METHOD(Fixture, "Sandbox: with a compose tool nothing else runs", "[sandbox]") {
  const auto tool = other.Write("docker-compose", "#!/bin/sh\nexit 0\n", 0755);
  CHECK(InSandbox([&] { return RunErrno(tool); }) == 0);
  CHECK(InSandbox([] { return RunErrno("/bin/true"); }) == EACCES);
  CHECK(InSandbox([] { return OpenErrno("/etc/shadow"); }) == EACCES);
  CHECK(InSandbox([&] { return OpenErrno(config.stacks_dir + "/compose.yaml", O_WRONLY | O_CREAT); }) == 0);
}

TEST_CASE_METHOD(Fixture, "Sandbox: where compose cannot keep its projects, no program runs", "[sandbox]") {
  other.Write("docker-compose", "#!/bin/sh\nexit 0\n", 0755);
  config.stacks_dir = "/proc/stacks";
  CHECK(PlanSandbox(config, host).programs == Programs::None);
}

TEST_CASE_METHOD(Fixture, "Sandbox: threads and name look-up go on, debugging does not", "[sandbox]") {
  CHECK(InSandbox([] {
          int result = 1;
          std::thread([&result] {
            addrinfo *found = nullptr;
            result = ::getaddrinfo("localhost", "80", nullptr, &found);
            if (found != nullptr) ::freeaddrinfo(found);
          }).join();
          return result;
        }) == 0);
  CHECK(InSandbox([] { return ::ptrace(PTRACE_TRACEME, 0, 0, 0) < 0 ? errno : 0; }) == EPERM);
  CHECK(InSandbox([] { return ::unshare(CLONE_NEWUSER) < 0 ? errno : 0; }) == EPERM);
  const pid_t outside = ::getpid();
  CHECK(InSandbox([outside] { return ::kill(outside, 0) < 0 ? errno : 0; }) == EPERM);
}

TEST_CASE_METHOD(Fixture, "Sandbox: there is no core dump, and no look into the memory", "[sandbox]") {
  CHECK(::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1);
  CHECK(InSandbox([] { return ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0); }) == 0);
}

TEST_CASE_METHOD(Fixture, "Sandbox: only the agent's port can be bound", "[sandbox]") {
  CHECK(InSandbox([] { return BindErrno(0); }) == 0);
  config.port = 1;  // nothing here listens on it, and root may
  CHECK(InSandbox([] { return BindErrno(0); }) == EACCES);
  if (::geteuid() == 0) CHECK(InSandbox([] { return BindErrno(1); }) == 0);
}

TEST_CASE("Sandbox: opens folders of files, but no top-level folder", "[sandbox]") {
  Config config;
  config.private_key_file = "/etc/key.pem";
  config.ca_cert = "/nonexistent/pki/ca.pem";
  config.state_directory = "/nonexistent/state";
  const auto plan = PlanSandbox(config, {"/nonexistent/lookout/lookout.conf", "", "/tmp", ""});
  const auto has = [&plan](std::string_view path) {
    return std::any_of(plan.files.begin(), plan.files.end(), [path](const auto &rule) { return rule.path == path; });
  };
  CHECK(has("/etc/key.pem"));
  CHECK(has("/nonexistent/pki"));
  CHECK(has("/nonexistent/lookout"));
  CHECK_FALSE(has("/etc"));
  CHECK_FALSE(has("/"));
  CHECK_FALSE(has(""));
  // The state directory cannot be made: large bodies need another place.
  CHECK(has("/tmp"));
}

TEST_CASE("ComposeFiles: knows what runs a program", "[sandbox]") {
  const TempDir directory;
  CHECK(FindInterpreter(directory.Write("script", "#! /bin/sh -e\n", 0755)) == "/bin/sh");
  CHECK(FindInterpreter(directory.Write("python", "#!/usr/bin/python3\n", 0755)) == "/usr/bin/python3");
  CHECK(FindInterpreter("/bin/true").starts_with("/lib"));
  CHECK(FindInterpreter(directory.Write("text", "nothing", 0644)).empty());
  CHECK(FindInterpreter(directory.Write("cut", "\177ELF", 0644)).empty());
  CHECK(FindInterpreter(directory.Join("missing")).empty());
  CHECK(FindComposeFiles(directory.Path().string()).programs.empty());
}
