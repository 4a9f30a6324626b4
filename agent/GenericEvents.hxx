// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "agent/AdapterApi.hxx"
#include "agent/DockerEvents.hxx"
#include "agent/EventStream.hxx"
#include "proxy/PatternRoutes.hxx"

namespace lookout {

/**
 * The generic adapter's event stream (docs/listener.md, "Events"): the engine's container events, as they come, from
 * the one connection to the engine that the agent has for them.
 *
 * The last events are kept once for all clients, each of which has its place among them: a client that names the
 * last one it saw (Last-Event-ID) goes on there, and one that has fallen behind them is ended.
 */
class GenericEvents final : private DockerEvents::Handler {
 public:
  explicit GenericEvents(const AdapterContext &context);
  ~GenericEvents() override;

  std::unique_ptr<Exchange> Open(const RouteCall &call);
  void Shutdown() { streams_.Close("the agent is shutting down"); }

  static constexpr size_t kMaxKept = 1024;
  static constexpr size_t kMaxKeptBytes = 4 * 1024 * 1024;

 private:
  class Stream;

  void OnDockerEvent(const DockerEvent &event) override;
  void OnEventsFlowing() override {}
  void OnEventsLost() override {}
  void OnEventsRefused(const std::string &) override {}

  /** The number of the first event that is not older than those kept. */
  uint64_t Oldest() const { return next_ - kept_.size(); }
  SharedFrame MakeFrame(const DockerEvent &event) const;
  /** The number behind the one that the client names; nullopt when that is not known any more. */
  std::optional<uint64_t> FindPlace(const std::string &last_event_id) const;

  const AdapterContext context_;
  /** In front of every id, so that those of another life of the agent are not taken for ours. */
  const std::string life_;
  EventStreams streams_;
  ListenerList<Stream> clients_;
  std::deque<SharedFrame> kept_;
  size_t kept_bytes_ = 0;
  uint64_t next_ = 1;  // the number of the next event
};

/** Does this action concern a client: a container's life, and its health ("health_status: healthy"). */
bool IsContainerAction(std::string_view action);

/** `{ts, type, action, containerId, name, image, labels?}` */
std::string WriteGenericEvent(const DockerEvent &event);

}  // namespace lookout
