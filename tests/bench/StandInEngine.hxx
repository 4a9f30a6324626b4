// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <memory>
#include <string>

#include "proxy/Acceptor.hxx"
#include "tests/bench/EngineConnection.hxx"

namespace lookout::bench {

/** An engine that answers from memory, so that what is measured in front of it is not the engine. */
class StandInEngine {
 public:
  /** `place` is the path of a unix socket, or a port of loopback. */
  StandInEngine(EventLoop &loop, const std::string &place, size_t containers, Duration line_interval);

  /** From the connections. POST /bench/event flips a container. */
  Answer Handle(std::string_view method, std::string_view target);
  void Remove(EngineConnection &connection);
  Duration LineInterval() const { return line_interval_; }
  EngineAnswers &Answers() { return answers_; }

 private:
  void SendEvent();

  EventLoop &loop_;
  const Duration line_interval_;
  EngineAnswers answers_;
  std::list<std::unique_ptr<EngineConnection>> connections_;
  Acceptor acceptor_;
};

}  // namespace lookout::bench
