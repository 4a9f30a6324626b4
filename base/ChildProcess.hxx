// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/ChildReaper.hxx"
#include "base/EventLoop.hxx"
#include "base/UniqueFd.hxx"

namespace lookout {

/** A program to run. */
struct ChildCommand {
  /** The program's path, with a slash in it, then its arguments. */
  std::vector<std::string> arguments;
  /** "NAME=value": everything that the child sees of an environment. */
  std::vector<std::string> environment;
  /** Where it runs; "" is our own directory. */
  std::string directory;
  /** What it reads from its standard input. It is kept in memory, never on a disk. */
  std::string input;
};

/** How a process ended. */
struct ChildExit {
  int code = 0;
  /** What killed it, else 0. */
  int signal = 0;

  bool IsSuccess() const { return signal == 0 && code == 0; }
  /** "exit status 3", "signal: Killed". */
  std::string Describe() const;
};

/**
 * A program that runs beside us, in a process group of its own. Its output arrives piece by piece on the loop. What
 * it leaves running in its group is killed when it ends, and everything when this object is destroyed; zombies
 * never stay.
 */
class ChildProcess {
 public:
  enum class Output { Standard, Error };

  class Handler {
   public:
    virtual ~Handler() = default;
    /** Must not destroy the process. */
    virtual void OnOutput(Output from, std::string_view bytes) = 0;
    /** Once, and the last call. All output that was written has been told. It may destroy the process. */
    virtual void OnExit(ChildExit exit) = 0;
  };

  /** Throws std::system_error, naming the program, when it cannot be started. */
  ChildProcess(EventLoop &loop, ChildReaper &reaper, const ChildCommand &command, Handler &handler);
  ~ChildProcess();
  ChildProcess(const ChildProcess &) = delete;
  ChildProcess &operator=(const ChildProcess &) = delete;

  pid_t Pid() const { return pid_; }
  /** To the whole group; harmless when it has ended. */
  void Signal(int signal);
  /** While paused, output stays in the pipes, and the child waits when they are full. */
  void SetPaused(bool paused);

 private:
  struct Pipe {
    Pipe(EventLoop &loop, std::function<void(uint32_t)> on_ready) : event(loop, std::move(on_ready)) {}
    UniqueFd fd;
    FdEvent event;
  };

  void Start(const ChildCommand &command, int output, int error);
  void OnReadable(Output from);
  void ReadOnce(Output from);
  void ArmGrace();
  void OnEnded();
  void CheckDone();

  Pipe &PipeOf(Output from) { return from == Output::Standard ? output_ : error_; }
  void WatchPipes();

  ChildReaper &reaper_;
  Handler &handler_;
  pid_t pid_ = -1;
  UniqueFd process_;  // pidfd; empty when it has been waited for
  ChildExit exit_;
  bool paused_ = false;
  Pipe output_;
  Pipe error_;
  FdEvent ended_;
  Timer grace_;  // for the pipes to end once the process has
};

}  // namespace lookout
