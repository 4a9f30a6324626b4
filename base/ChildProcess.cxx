// SPDX-License-Identifier: Apache-2.0
#include "base/ChildProcess.hxx"

#include <fcntl.h>
#include <fmt/core.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>

#include "base/WriteAll.hxx"

namespace lookout {

namespace {

/** A process that has left the group may hold a pipe open for as long as it likes. */
constexpr std::chrono::seconds kPipeGrace{1};

[[noreturn]] void ThrowErrno(int error, const std::string &what) {
  throw std::system_error(error, std::generic_category(), what);
}

UniqueFd MakeInput(std::string_view text) {
  UniqueFd file(::memfd_create("stdin", MFD_CLOEXEC));
  if (!file.IsOpen()) ThrowErrno(errno, "memfd_create");
  if (const int error = WriteAll(file.Get(), text); error != 0) {
    ThrowErrno(error, "cannot keep a program's input in memory");
  }
  ::lseek(file.Get(), 0, SEEK_SET);
  return file;
}

/** Not glibc's own: its header declares it for C only in bookworm. */
int OpenPidFd(pid_t pid) {
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

struct PipeEnds {
  UniqueFd read;
  UniqueFd write;
};

PipeEnds MakePipe() {
  std::array<int, 2> fds{};
  if (::pipe2(fds.data(), O_CLOEXEC) != 0) ThrowErrno(errno, "pipe");
  PipeEnds ends{UniqueFd(fds[0]), UniqueFd(fds[1])};
  ::fcntl(ends.read.Get(), F_SETFL, O_NONBLOCK);
  return ends;
}

std::vector<char *> Pointers(const std::vector<std::string> &texts) {
  std::vector<char *> pointers;
  pointers.reserve(texts.size() + 1);
  for (const auto &text : texts) pointers.push_back(const_cast<char *>(text.c_str()));  // execve() does not write
  pointers.push_back(nullptr);
  return pointers;
}

/** A group of its own, no signal blocked or ignored: our loop's settings are not the child's. */
class SpawnAttributes {
 public:
  SpawnAttributes() {
    ::posix_spawnattr_init(&attributes_);
    sigset_t none;
    ::sigemptyset(&none);
    sigset_t all;
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnAttributes() { ::posix_spawnattr_destroy(&attributes_); }
  SpawnAttributes(const SpawnAttributes &) = delete;
  SpawnAttributes &operator=(const SpawnAttributes &) = delete;

  const posix_spawnattr_t *Get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

class SpawnActions {
 public:
  SpawnActions() { ::posix_spawn_file_actions_init(&actions_); }
  ~SpawnActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  SpawnActions(const SpawnActions &) = delete;
  SpawnActions &operator=(const SpawnActions &) = delete;

  /** The three standard descriptors are all that the child gets, also of those that we were started with. */
  void CloseOthers() { ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1); }
  void Give(int ours, int theirs) { ::posix_spawn_file_actions_adddup2(&actions_, ours, theirs); }
  void ChangeDirectory(const std::string &path) { ::posix_spawn_file_actions_addchdir_np(&actions_, path.c_str()); }
  const posix_spawn_file_actions_t *Get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

}  // namespace

std::string ChildExit::Describe() const {
  if (signal == 0) return fmt::format("exit status {}", code);
  return fmt::format("signal: {}", ::strsignal(signal));
}

ChildProcess::ChildProcess(EventLoop &loop, ChildReaper &reaper, const ChildCommand &command, Handler &handler)
    : reaper_(reaper),
      handler_(handler),
      output_(loop, [this](uint32_t) { OnReadable(Output::Standard); }),
      error_(loop, [this](uint32_t) { OnReadable(Output::Error); }),
      ended_(loop, [this](uint32_t) { OnEnded(); }),
      grace_(loop, [this] {
        output_.fd.Reset();
        error_.fd.Reset();
        CheckDone();
      }) {
  PipeEnds output = MakePipe();
  PipeEnds error = MakePipe();
  Start(command, output.write.Get(), error.write.Get());
  output_.fd = std::move(output.read);
  error_.fd = std::move(error.read);
  ended_.Watch(process_.Get(), EPOLLIN);
  WatchPipes();
}

ChildProcess::~ChildProcess() {
  if (!process_.IsOpen()) return;
  Signal(SIGKILL);
  ended_.Stop();
  reaper_.Adopt(std::move(process_));
}

void ChildProcess::Start(const ChildCommand &command, int output, int error) {
  const UniqueFd input = MakeInput(command.input);
  SpawnActions actions;
  actions.Give(input.Get(), STDIN_FILENO);
  actions.Give(output, STDOUT_FILENO);
  actions.Give(error, STDERR_FILENO);
  actions.CloseOthers();
  if (!command.directory.empty()) actions.ChangeDirectory(command.directory);
  const SpawnAttributes attributes;
  const auto arguments = Pointers(command.arguments);
  const auto environment = Pointers(command.environment);
  const int failure =
      ::posix_spawn(&pid_, arguments[0], actions.Get(), attributes.Get(), arguments.data(), environment.data());
  if (failure != 0) {
    const std::string where = command.directory.empty() ? "" : " in " + command.directory;
    ThrowErrno(failure, "cannot run " + command.arguments[0] + where);
  }
  // The number cannot have been given to another process meanwhile: nobody has waited for this one yet.
  process_.Reset(OpenPidFd(pid_));
  if (process_.IsOpen()) return;
  const int refusal = errno;
  ::kill(-pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  ThrowErrno(refusal, "pidfd_open");
}

void ChildProcess::Signal(int signal) {
  // Until it has been waited for, the group's number is its own.
  if (process_.IsOpen()) ::kill(-pid_, signal);
}

void ChildProcess::SetPaused(bool paused) {
  paused_ = paused;
  WatchPipes();
  ArmGrace();
}

void ChildProcess::ArmGrace() {
  if (paused_ || process_.IsOpen()) return grace_.Cancel();
  grace_.Arm(kPipeGrace);
}

void ChildProcess::WatchPipes() {
  for (const auto from : {Output::Standard, Output::Error}) {
    auto &pipe = PipeOf(from);
    if (!pipe.fd.IsOpen() || paused_) {
      pipe.event.Stop();
    } else {
      pipe.event.Watch(pipe.fd.Get(), EPOLLIN);
    }
  }
}

void ChildProcess::ReadOnce(Output from) {
  auto &pipe = PipeOf(from);
  std::array<char, 16 * 1024> bytes;
  const auto got = ::read(pipe.fd.Get(), bytes.data(), bytes.size());
  if (got > 0) handler_.OnOutput(from, {bytes.data(), static_cast<size_t>(got)});
  if (got != 0) return;
  pipe.event.Stop();
  pipe.fd.Reset();
}

void ChildProcess::OnReadable(Output from) {
  ReadOnce(from);
  ArmGrace();
  CheckDone();
}

void ChildProcess::OnEnded() {
  ended_.Stop();
  Signal(SIGKILL);  // what it has left in its group
  siginfo_t info{};
  ::waitid(P_PIDFD, static_cast<id_t>(process_.Get()), &info, WEXITED | WNOHANG);
  process_.Reset();
  exit_.code = info.si_code == CLD_EXITED ? info.si_status : 0;
  exit_.signal = info.si_code == CLD_EXITED ? 0 : info.si_status;
  ArmGrace();
  CheckDone();
}

void ChildProcess::CheckDone() {
  if (process_.IsOpen() || output_.fd.IsOpen() || error_.fd.IsOpen()) return;
  grace_.Cancel();
  handler_.OnExit(exit_);
}

}  // namespace lookout
