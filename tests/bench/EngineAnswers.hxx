// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace lookout::bench {

/** Bytes that are sent over and over until so many have been sent; nothing is copied. */
struct Repetition {
  const std::string *block = nullptr;
  uint64_t bytes = 0;
};

/** One answer. */
struct Answer {
  enum class Then {
    Next,    // the next request
    Follow,  // a line of log now and then, for ever
    Events,  // what happens to containers, for ever
    Echo,    // whatever comes goes back
  };
  std::string text;
  Repetition more = {};
  std::string last = {};  // after the repetition
  Then then = Then::Next;
};

/** What the stand-in engine answers, made once wherever it costs anything. */
class EngineAnswers {
 public:
  explicit EngineAnswers(size_t containers);

  /**
   * For a method and a target, with or without the engine's version in front:
   *
   *   /bench/json?size=N                a JSON object of exactly N bytes (1000 at least)
   *   /bench/download?bytes=N           with Content-Length
   *   /containers/ID/logs?bytes=N       multiplexed, in records and chunks of 16 KiB; record=N: of another size
   *   /containers/ID/logs?follow=1      nothing but what comes later
   *   /events, exec, inspects, /version, /info, /_ping
   */
  Answer Make(std::string_view method, std::string_view target);

  /** Starts or stops the first container, and returns the event that says so. */
  std::string FlipContainer();
  /** A record of the followed logs. */
  const std::string &FollowedLine() const { return followed_line_; }

 private:
  Answer MakeLog(std::string_view query);
  Answer MakeBenchAnswer(std::string_view path, std::string_view query);
  Answer MakeContainerAnswer(std::string_view method, std::string_view path, std::string_view query);
  std::string MakeList() const;
  std::string MakeInspect(size_t number) const;
  std::string MakeEntry(size_t number) const;
  bool IsRunning(size_t number) const { return number != 0 || first_runs_; }
  const std::string &JsonOfSize(size_t size);
  const std::string &LogBlock(size_t record);

  const size_t containers_;
  bool first_runs_ = true;
  uint64_t execs_ = 0;
  std::string followed_line_;
  std::string download_block_;
  std::map<size_t, std::string> json_;        // by size
  std::map<size_t, std::string> log_blocks_;  // by size of a record
};

}  // namespace lookout::bench
