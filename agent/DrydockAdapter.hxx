// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/AdapterApi.hxx"
#include "agent/DrydockEvents.hxx"
#include "proxy/PatternRoutes.hxx"

namespace lookout {

/** The routes under /api that the controller uses (docs/listener.md, "The drydock adapter"). */
class DrydockAdapter final : public AdapterApi {
 public:
  explicit DrydockAdapter(const AdapterContext &context);

  RouteTable &Routes() override { return routes_; }
  void Shutdown() override { events_.Shutdown(); }

 private:
  void AddContainers();
  void AddWatchers();
  void AddTriggers();

  const AdapterContext context_;
  DrydockEvents events_;
  PatternRoutes routes_;
};

}  // namespace lookout
