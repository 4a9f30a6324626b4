// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "agent/Config.hxx"
#include "agent/DockerEvents.hxx"
#include "agent/Inventory.hxx"
#include "base/EventLoop.hxx"
#include "proxy/RouteTable.hxx"

namespace lookout {

/** What adapters draw on; all of it outlives them. */
struct AdapterContext {
  EventLoop &loop;
  const Config &config;
  DockerEngine &engine;
  DockerEvents &events;
  Inventory &inventory;
};

/** The routes through which a client sees this host's containers (docs/listener.md): ADAPTER says which ones. */
class AdapterApi {
 public:
  virtual ~AdapterApi() = default;
  /** Paths as a client writes them, "/api/containers". */
  virtual RouteTable &Routes() = 0;
  /** Ends the event streams in good order; there are no new ones after it. */
  virtual void Shutdown() = 0;
};

std::unique_ptr<AdapterApi> MakeAdapter(const AdapterContext &context);

}  // namespace lookout
