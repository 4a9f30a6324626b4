// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "agent/AdapterApi.hxx"
#include "agent/EventStream.hxx"
#include "agent/PendingChanges.hxx"
#include "proxy/PatternRoutes.hxx"

namespace lookout {

/**
 * The drydock adapter's event stream (docs/listener.md, "Events"): dd:ack, dd:watcher-snapshot, then each change as
 * it is seen, and a snapshot behind it. Snapshots are gathered: at most one in 2 s.
 *
 * Nothing is said of containers before all of them are known, since what a snapshot lacks is dropped by the
 * controller. Then even the acknowledgement waits: it makes the controller ask for them.
 */
class DrydockEvents final : private Inventory::Listener {
 public:
  explicit DrydockEvents(const AdapterContext &context);
  ~DrydockEvents() override;

  std::unique_ptr<Exchange> Open(const RouteCall &call);
  void Shutdown() { streams_.Close("the agent is shutting down"); }

  /** Changes that may wait for one client, besides one for each container there is. */
  static constexpr size_t kMaxWaiting = 4096;

 private:
  class Stream;

  void OnInventoryReady() override;
  void OnContainerAdded(const std::string &id) override;
  void OnContainerUpdated(const std::string &id) override;
  void OnContainerRemoved(const std::string &id, const std::string &name) override;

  void Note(const PendingChanges::Change &change);
  void TellSnapshot();
  SharedFrame MakeAck() const;
  /** Null when the container has gone since. */
  SharedFrame MakeChange(const PendingChanges::Change &change) const;
  /** The same one for all, until something changes. */
  SharedFrame Snapshot();

  const AdapterContext context_;
  const TimePoint started_;
  EventStreams streams_;
  ListenerList<Stream> clients_;
  SharedFrame snapshot_;
  TimePoint snapshot_at_{};
  Timer settle_;
};

}  // namespace lookout
