// SPDX-License-Identifier: Apache-2.0
#include "base/SyscallFilter.hxx"

#include <fmt/format.h>
#include <sched.h>
#include <seccomp.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <span>

namespace lookout {

namespace {

/** What this process needs. Names that an architecture does not have are passed over: the list serves all of them. */
constexpr const char *kOwn[] = {
    // Files
    "read", "readv", "pread64", "write", "writev", "pwrite64", "open", "openat", "close", "close_range", "lseek",
    "_llseek", "fcntl", "fcntl64", "dup", "dup2", "dup3", "flock", "fsync", "fdatasync", "sync_file_range",
    "sync_file_range2", "ftruncate", "ftruncate64", "fallocate", "fadvise64", "fadvise64_64", "arm_fadvise64_64",
    "stat", "stat64", "lstat", "lstat64", "fstat", "fstat64", "newfstatat", "fstatat64", "statx", "statfs", "statfs64",
    "fstatfs", "fstatfs64", "access", "faccessat", "faccessat2", "readlink", "readlinkat", "getdents64", "getcwd",
    "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "rename", "renameat", "renameat2", "fchmod", "fchmodat", "chmod",
    "fchown", "fchownat", "umask", "sendfile", "sendfile64", "utimensat", "utimensat_time64", "openat2", "ioctl",
    // Memory
    "mmap", "mmap2", "munmap", "mprotect", "mremap", "madvise", "brk", "mlock", "mlock2", "munlock", "msync",
    // Waiting
    "epoll_create1", "epoll_create", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll",
    "ppoll_time64", "select", "_newselect", "pselect6", "pselect6_time64", "eventfd2", "timerfd_create",
    "timerfd_settime", "timerfd_settime64", "timerfd_gettime", "timerfd_gettime64", "signalfd4", "signalfd", "pipe",
    "pipe2", "nanosleep", "clock_nanosleep", "clock_nanosleep_time64", "clock_gettime", "clock_gettime64",
    "clock_getres", "clock_getres_time64", "gettimeofday", "time", "restart_syscall",
    // Sockets
    "socket", "socketpair", "connect", "bind", "listen", "accept", "accept4", "getsockname", "getpeername",
    "getsockopt", "setsockopt", "send", "sendto", "sendmsg", "sendmmsg", "recv", "recvfrom", "recvmsg", "recvmmsg",
    "recvmmsg_time64", "shutdown",
    // Threads, and what the process is
    "futex", "futex_time64", "set_robust_list", "get_robust_list", "set_tid_address", "rseq", "membarrier",
    "sched_yield", "sched_getaffinity", "exit", "exit_group", "getpid", "gettid", "getppid", "getuid", "getuid32",
    "geteuid", "geteuid32", "getgid", "getgid32", "getegid", "getegid32", "getgroups", "getgroups32", "getrandom",
    "getrlimit", "ugetrlimit", "prlimit64", "getrusage", "sysinfo", "times", "uname", "prctl", "arch_prctl", "set_tls",
    "cacheflush", "getcpu",
    // Signals
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn", "rt_sigtimedwait", "rt_sigtimedwait_time64",
    "sigaltstack", "kill", "tgkill", "tkill"};

/** To start the compose tools, and what they (in Go or Python) need beside it. */
constexpr const char *kForPrograms[] = {"execve",
                                        "memfd_create",
                                        "symlink",
                                        "symlinkat",
                                        "execveat",
                                        "clone",
                                        "fork",
                                        "vfork",
                                        "wait4",
                                        "waitid",
                                        "waitpid",
                                        "pidfd_open",
                                        "pidfd_send_signal",
                                        "setpgid",
                                        "getpgid",
                                        "getpgrp",
                                        "getsid",
                                        "setsid",
                                        "chdir",
                                        "fchdir",
                                        "getdents",
                                        "link",
                                        "linkat",
                                        "lchown",
                                        "lchown32",
                                        "chown",
                                        "chown32",
                                        "fchown32",
                                        "truncate",
                                        "truncate64",
                                        "utime",
                                        "utimes",
                                        "futimesat",
                                        "copy_file_range",
                                        "splice",
                                        "tee",
                                        "preadv",
                                        "preadv2",
                                        "pwritev",
                                        "pwritev2",
                                        "readahead",
                                        "syncfs",
                                        "getxattr",
                                        "lgetxattr",
                                        "fgetxattr",
                                        "listxattr",
                                        "llistxattr",
                                        "flistxattr",
                                        "inotify_init",
                                        "inotify_init1",
                                        "inotify_add_watch",
                                        "inotify_rm_watch",
                                        "eventfd",
                                        "mincore",
                                        "setrlimit",
                                        "getpriority",
                                        "sched_getparam",
                                        "sched_getscheduler",
                                        "sched_get_priority_max",
                                        "sched_get_priority_min",
                                        "getresuid",
                                        "getresuid32",
                                        "getresgid",
                                        "getresgid32",
                                        "capget",
                                        "getitimer",
                                        "setitimer",
                                        "alarm",
                                        "pause",
                                        "timer_create",
                                        "timer_settime",
                                        "timer_settime64",
                                        "timer_gettime",
                                        "timer_delete",
                                        "rt_sigpending",
                                        "rt_sigsuspend",
                                        "rt_sigqueueinfo",
                                        "rt_tgsigqueueinfo",
                                        "landlock_create_ruleset",
                                        "landlock_add_rule",
                                        "landlock_restrict_self"};

struct Release {
  void operator()(void *filter) const { ::seccomp_release(filter); }
};
using UniqueFilter = std::unique_ptr<void, Release>;

tl::unexpected<Error> FailWith(std::string_view what, int result) {
  return Fail(fmt::format("{}: {}", what, std::strerror(-result)));
}

Result<void> Allow(void *filter, std::span<const char *const> names) {
  for (const char *const name : names) {
    const int number = ::seccomp_syscall_resolve_name(name);
    if (number < 0) continue;
    if (const int result = ::seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0); result != 0) {
      return FailWith(name, result);
    }
  }
  return {};
}

/** clone() for threads only; clone3(), whose arguments a filter cannot see, is said not to exist, as in old kernels. */
Result<void> LimitClone(void *filter, Programs programs) {
  int result = ::seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
  if (result == 0 && programs == Programs::None) {
    result = ::seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                                SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
  }
  if (result != 0) return FailWith("clone", result);
  return {};
}

}  // namespace

Result<void> RestrictSyscalls(Programs programs) {
  const UniqueFilter filter(::seccomp_init(SCMP_ACT_ERRNO(EPERM)));
  if (!filter) return Fail("libseccomp has no filter for this system");
  // Threads that are there already, libcurl's and our own, must not stay outside.
  if (const int result = ::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1); result != 0) {
    return FailWith("this kernel cannot filter the system calls of all threads", result);
  }
  auto built = Allow(filter.get(), kOwn);
  if (built && programs == Programs::Some) built = Allow(filter.get(), kForPrograms);
  if (built) built = LimitClone(filter.get(), programs);
  if (!built) return built;
  if (const int result = ::seccomp_load(filter.get()); result != 0) return FailWith("seccomp_load", result);
  return {};
}

}  // namespace lookout
