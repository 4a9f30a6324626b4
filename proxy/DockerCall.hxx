// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/EventLoop.hxx"
#include "base/Result.hxx"
#include "proxy/Exchange.hxx"

namespace lookout {

struct DockerReply {
  int status = 0;
  HeaderList headers;
  std::string body;
};

/**
 * One request whose whole answer fits in memory: the agent's own calls (inspect, list, exec create, resize,
 * remove, ping). Calls back exactly once, from the loop and never from inside the constructor, unless it is
 * destroyed first. The callback may destroy the call.
 */
class DockerCall {
 public:
  struct Outcome {
    /** Set when an answer came, whatever its status. */
    std::optional<DockerReply> reply;
    /** Set otherwise. */
    std::optional<Failure> failure;
  };
  using Callback = std::function<void(Outcome)>;

  /** An answer over `max_body` bytes ends as Failure::TooLarge. */
  DockerCall(EventLoop &loop, RequestHandler &handler, Request &&request, size_t max_body, Callback on_done);
  ~DockerCall();
  DockerCall(const DockerCall &) = delete;
  DockerCall &operator=(const DockerCall &) = delete;

 private:
  class Collector;
  std::unique_ptr<Collector> collector_;
};

/** "GET", "/containers/json?all=1", no body: the common case of a Request by the agent itself. */
Request MakeAgentRequest(std::string_view method, std::string_view target);
/** The same with a JSON body. */
Request MakeAgentRequest(std::string_view method, std::string_view target, std::string json);

/**
 * The text users know from the reference agent for an answer that is not a success: "<action>: docker error (status
 * N)" and ": <text>" where ExtractDockerMessage() finds one.
 */
std::string DescribeDockerError(std::string_view action, const DockerReply &reply);
/** The same for an Outcome that failed altogether: "<action>: <message>". */
std::string DescribeFailure(std::string_view action, const Failure &failure);
/**
 * What an error body says: of a JSON object `message`, and ": " with `reason` where that differs; else the body
 * itself, trimmed. At most 4 KiB are read; "" when there is nothing.
 */
std::string ExtractDockerMessage(std::string_view body);

/** May this stand for a container in a path? [A-Za-z0-9][A-Za-z0-9_.-]{0,127} */
bool IsValidContainerRef(std::string_view reference);

}  // namespace lookout
