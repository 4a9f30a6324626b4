// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <string>

#include "agent/Inventory.hxx"
#include "agent/PendingChanges.hxx"
#include "auth/Dialect.hxx"
#include "tunnel/SessionExtension.hxx"

namespace lookout {

/**
 * Tells the controller of this host's containers: what components we are, then all containers, then every change
 * (docs/protocol.md, "Containers"). Changes wait while the connection is full, at most one for each container.
 *
 * When the engine is away, or the containers are not known 5 s into a session, an empty list is sent: it removes
 * nothing at the controller, and lets it show the agent as connected. The true list follows. A true list that is empty
 * removes nothing either, so containers that went since, or whose removal may have been lost on the way, are then told
 * one by one.
 */
class ContainerFeed final : public SessionExtension, private Inventory::Listener {
 public:
  ContainerFeed(EventLoop &loop, Inventory &inventory, const Dialect &dialect);
  ~ContainerFeed() override;

  /** Called when a session's first list of containers has been sent. */
  void SetOnSynced(std::function<void()> on_synced) { on_synced_ = std::move(on_synced); }
  /** The controller had this container removed. */
  void OnContainerDeleted(const std::string &id_or_name) { inventory_.Forget(id_or_name); }

  void OnSessionReady(FrameSender &sender, const Welcome &welcome) override;
  void OnSendable() override;
  void OnSessionEnded() override;

 private:
  void OnInventoryReady() override;
  void OnContainerAdded(const std::string &id) override;
  void OnContainerUpdated(const std::string &id) override;
  void OnContainerRemoved(const std::string &id, const std::string &name) override;

  bool IsEngineAway() const;
  void SendComponents();
  void SendEmptyList();
  void SendContainers();
  void RememberTold();
  /** What the list does not tell: which containers the controller may know that are gone. */
  void NoteGone(bool is_list_empty);
  void KeepGone(const PendingChanges::Change &change);
  void Note(PendingChanges::Change change);
  void Pump();
  Flow SendChange(const PendingChanges::Change &change);

  Inventory &inventory_;
  const Dialect &dialect_;
  const Duration default_interval_;
  std::function<void()> on_synced_;
  FrameSender *sender_ = nullptr;  // while a session is up
  bool synced_ = false;            // the true list has been sent on it
  bool blocked_ = false;
  PendingChanges pending_;
  std::map<std::string, std::string> told_;  // without a session: what the controller may know, names by id
  std::deque<PendingChanges::Change> gone_;  // the latest of these that are gone
  Timer patience_;                           // with the engine, before the list
};

}  // namespace lookout
