// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/Backoff.hxx"
#include "base/EventLoop.hxx"
#include "base/ListenerList.hxx"
#include "proxy/DockerEngine.hxx"

namespace lookout {

/** One event of the engine that concerns us. */
struct DockerEvent {
  bool is_image = false;
  /** "start", "die", "health_status: healthy", ... */
  std::string action;
  /** The container's full id; of image events whatever the engine names. */
  std::string id;
  /** When, as the engine wants it back in `since`: "1700000000.000000042"; "" where it does not say. */
  std::string time;
  int64_t unix_seconds = 0;
  /** What the engine adds: the container's name and image, its labels, figures of the action. In its order. */
  std::vector<std::pair<std::string, std::string>> attributes;

  /** "" when there is no such attribute. */
  std::string_view Attribute(std::string_view key) const;
};

/**
 * Listens to the engine's container and image events for as long as it runs (GET /events). After a gap it asks for
 * what happened since, and the handlers are told to look at everything anew, so that nothing is missed. No event
 * is told twice. An engine that ends its stream is asked again at growing intervals, one that was away at once.
 */
class DockerEvents final : private ResponseSink, private DockerEngine::Listener {
 public:
  class Handler {
   public:
    virtual ~Handler() = default;
    virtual void OnDockerEvent(const DockerEvent &event) = 0;
    /** Events flow from now on: what is asked of the engine from here on is not older than they are. */
    virtual void OnEventsFlowing() = 0;
    virtual void OnEventsLost() = 0;
    /** The engine is there and gives no events, as behind a socket proxy that does not let them pass. */
    virtual void OnEventsRefused(const std::string &reason) = 0;
  };

  DockerEvents(EventLoop &loop, DockerEngine &engine);
  ~DockerEvents() override;

  /** A handler may be added and removed from inside any call to one. */
  void AddHandler(Handler &handler) { handlers_.Add(handler); }
  void RemoveHandler(Handler &handler) { handlers_.Remove(handler); }
  void Start();
  bool IsFlowing() const { return flowing_; }

 private:
  void OnHead(ResponseHead head) override;
  Flow OnData(std::string_view bytes) override;
  void OnEnd() override;
  void OnError(Failure failure) override;
  void OnEngineChanged(bool up) override;

  void Connect();
  void Lose(std::string_view reason);
  void OnLine(std::string_view line);
  /** Has this line been told before? Remembers it. */
  bool IsRepeated(std::string_view line);

  EventLoop &loop_;
  DockerEngine &engine_;
  ListenerList<Handler> handlers_;
  Backoff backoff_;
  Timer retry_;
  Deferred drop_;
  bool flowing_ = false;
  TimePoint flowing_since_{};
  int status_ = 0;
  std::string line_;           // begun, not ended yet
  bool skipping_ = false;      // the rest of a line that is too long
  std::deque<size_t> recent_;  // hashes of the last lines
  std::string since_;          // the time of the last event as the engine wrote it, at first our own
  std::unique_ptr<Exchange> exchange_;
};

/** One line of the engine's stream; an error for anything that is not an event. */
Result<DockerEvent> ParseDockerEvent(std::string_view line);

}  // namespace lookout
