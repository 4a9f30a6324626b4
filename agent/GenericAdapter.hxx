// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/AdapterApi.hxx"
#include "agent/GenericEvents.hxx"
#include "proxy/PatternRoutes.hxx"

namespace lookout {

/** The routes under /api/v1, for clients that are no controller (docs/listener.md, "The generic adapter"). */
class GenericAdapter final : public AdapterApi {
 public:
  explicit GenericAdapter(const AdapterContext &context);

  RouteTable &Routes() override { return routes_; }
  void Shutdown() override { events_.Shutdown(); }

 private:
  const AdapterContext context_;
  GenericEvents events_;
  PatternRoutes routes_;
};

}  // namespace lookout
