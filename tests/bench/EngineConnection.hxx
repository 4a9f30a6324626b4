// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/EventLoop.hxx"
#include "base/UniqueFd.hxx"
#include "tests/bench/EngineAnswers.hxx"

namespace lookout::bench {

class StandInEngine;

/** One connection to the stand-in engine: HTTP/1.1 with keep-alive, requests answered in turn. */
class EngineConnection {
 public:
  EngineConnection(EventLoop &loop, StandInEngine &engine, UniqueFd fd);

  /** Sends that, in a stream that has no end. */
  void Push(std::string_view bytes);
  bool Is(Answer::Then state) const { return state_ == state && more_.bytes == 0; }

 private:
  void OnReady(uint32_t events);
  bool ReadSome();
  void TakeRequests();
  bool TakeOne();
  bool IsBusy() const { return more_.bytes > 0 || outgoing_.size() > outgoing_offset_; }
  /** False when the connection is of no more use. */
  bool WriteSome();
  bool WriteText();
  bool WriteRepetition();
  void OnLineDue();

  StandInEngine &engine_;
  UniqueFd fd_;
  FdEvent event_;
  Timer line_timer_;
  uint32_t watched_ = EPOLLIN;
  Answer::Then state_ = Answer::Then::Next;
  std::string incoming_;
  std::string outgoing_;
  size_t outgoing_offset_ = 0;
  Repetition more_;
  size_t block_offset_ = 0;
  std::string last_;
};

}  // namespace lookout::bench
