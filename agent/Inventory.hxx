// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "agent/ContainerForm.hxx"
#include "agent/ContainerProbe.hxx"
#include "agent/DockerEvents.hxx"
#include "agent/ImageInfo.hxx"
#include "base/EventLoop.hxx"
#include "base/ListenerList.hxx"
#include "proxy/DockerEngine.hxx"

namespace lookout {

struct InventorySettings {
  ContainerFormSettings form;
  /** Between two looks at everything, which mend whatever events may have missed. */
  Duration refresh_interval = std::chrono::seconds(300);
};

/**
 * The engine's containers, as they are told to whoever wants to know, and what changes. Events say which containers to
 * look at again; looks are gathered for a second, so that a restart is one change. A container counts as changed when
 * any part of its description differs, and as removed only when the engine says so, of that container: a look that
 * fails is repeated. While the engine is away everything is kept, and looked at anew when it is back.
 */
class Inventory final : private DockerEvents::Handler, private DockerEngine::Listener {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    /** All containers are known now, for the first time; but for those that cannot be looked at. */
    virtual void OnInventoryReady() = 0;
    virtual void OnContainerAdded(const std::string &id) = 0;
    virtual void OnContainerUpdated(const std::string &id) = 0;
    virtual void OnContainerRemoved(const std::string &id, const std::string &name) = 0;
  };
  struct Entry {
    std::string name;
    /** WriteContainer() */
    std::string json;
    bool is_running = false;
    std::string image_id;
    /** What the list said when it was last looked at, as a hash. Empty: to be looked at whatever it says. */
    std::optional<size_t> list_mark;
  };

  Inventory(EventLoop &loop, DockerEngine &engine, DockerEvents &events, InventorySettings settings);
  ~Inventory() override;

  /** A listener may be added and removed from inside any call to one. */
  void AddListener(Listener &listener) { listeners_.Add(listener); }
  void RemoveListener(Listener &listener) { listeners_.Remove(listener); }
  void Start();
  bool IsReady() const { return ready_; }
  const std::map<std::string, Entry> &Containers() const { return containers_; }
  const DockerEngine &GetEngine() const { return engine_; }
  Duration RefreshInterval() const { return settings_.refresh_interval; }
  /** As the controller wishes; takes effect at once. */
  void SetRefreshInterval(Duration interval);
  /** A container was removed on the controller's behalf: by id, or by name. Told to the listeners at once. */
  void Forget(const std::string &id_or_name);

 private:
  void OnDockerEvent(const DockerEvent &event) override;
  void OnEventsFlowing() override;
  void OnEventsLost() override;
  void OnEventsRefused(const std::string &reason) override;
  void OnEngineChanged(bool up) override;

  void Refresh();
  void OnListed(const DockerCall::Outcome &outcome);
  void ListAgainSoon();
  void Compare(const JsonValue &list);
  void Remove(const std::string &id);
  /** Starts looks, as many at a time as allowed. */
  void Probe();
  void OnProbed(const std::string &probed, ContainerProbe::Result result);
  void OnFound(const std::string &id, ContainerProbe::Result result);
  void OnFailed(const std::string &id, const ContainerProbe::Result &result);
  void Retry();
  void CheckReady();

  EventLoop &loop_;
  DockerEngine &engine_;
  InventorySettings settings_;
  ListenerList<Listener> listeners_;
  ImageCache images_;
  std::map<std::string, Entry> containers_;
  std::map<std::string, size_t> list_marks_;  // of the last list
  bool listed_ = false;
  bool ready_ = false;
  std::set<std::string> touched_;  // by events, gathered
  std::set<std::string> waiting_;  // to be looked at
  std::map<std::string, std::unique_ptr<ContainerProbe>> probes_;
  std::set<std::string> again_;             // touched while being looked at
  std::map<std::string, unsigned> failed_;  // how often in a row
  std::unique_ptr<DockerCall> list_;
  bool list_again_ = false;
  bool list_is_broken_ = false;  // and that was told
  bool polls_ = false;           // events are refused
  Timer gather_;
  Timer retry_;
  Timer refresh_;
  DockerEvents &events_;
};

}  // namespace lookout
