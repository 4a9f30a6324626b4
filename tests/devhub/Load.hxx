// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/EventLoop.hxx"
#include "tests/devhub/FrameOutlet.hxx"

namespace lookout::devhub {

/** What a load has of its session. */
struct LoadContext {
  EventLoop &loop;
  FrameOutlet &outlet;
  /** Sends one frame, which is not traced. */
  std::function<void(std::string_view frame)> send;
  /** The load is over, with these members of its report (`"requests":10,...`). It is destroyed soon after. */
  std::function<void(std::string report)> finish;
  /** "load-7-": its frames have this and a number of its choice as requestId or execId. */
  std::string id_prefix;
};

/**
 * A measurement that runs inside the hub: it sends frames and counts what comes back, without a line on the control
 * socket for each and without a JSON tree.
 */
class Load {
 public:
  virtual ~Load() = default;
  virtual void Start() = 0;
  /** A frame for the part of that number, whole. */
  virtual void OnFrame(uint64_t part, std::string_view type, std::string_view message) = 0;
  /** What there is so far, when it has to end early. */
  virtual void Stop() = 0;
};

}  // namespace lookout::devhub
