// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace lookout {

/** Messages in one direction, since the start. */
struct TrafficFigures {
  uint64_t messages = 0;
  uint64_t bytes = 0;

  void Count(size_t size) {
    ++messages;
    bytes += size;
  }
  void Add(const TrafficFigures &other) {
    messages += other.messages;
    bytes += other.bytes;
  }
};

/** Work of one kind: how much of it is being done, and how much was begun since the start. */
struct TaskFigures {
  size_t active = 0;
  uint64_t begun = 0;
};

/** What goes on in the tunnel, for those who watch it. */
struct TunnelFigures {
  TrafficFigures received;
  TrafficFigures sent;
  /** How often a stream was told to wait, and how many wait now. */
  uint64_t stream_waits = 0;
  size_t waiting_streams = 0;
  /** Everything that counts against MAX_BUFFERED_BYTES. */
  size_t buffered_bytes = 0;
  TaskFigures requests;
  TaskFigures streams;
  TaskFigures calls;  // one-shot logs and removals
  TaskFigures execs;
  TaskFigures log_streams;

  std::array<std::pair<std::string_view, TaskFigures>, 5> TasksByKind() const {
    return {
        {{"call", calls}, {"exec", execs}, {"log_stream", log_streams}, {"request", requests}, {"stream", streams}}};
  }

  /** Takes over what a session has counted that is over: the totals, not what was going on. */
  void AddTotals(const TunnelFigures &ended);
};

}  // namespace lookout
