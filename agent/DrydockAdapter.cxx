// SPDX-License-Identifier: Apache-2.0
#include "agent/DrydockAdapter.hxx"

#include <fmt/core.h>

#include "agent/ContainersAnswer.hxx"
#include "agent/LogAnswer.hxx"
#include "agent/RemovalAnswer.hxx"
#include "agent/WatcherDescriptor.hxx"
#include "base/Strings.hxx"
#include "proxy/ReadyAnswer.hxx"

namespace lookout {

namespace {

/** To whatever would have an agent look for updates: that is the controller's work. */
constexpr std::string_view kNotImplemented =
    R"({"error":"not implemented in v1.0","message":"registry checking is performed by the Drydock controller"})";

}  // namespace

DrydockAdapter::DrydockAdapter(const AdapterContext &context)
    : context_(context), events_(context), routes_(context.loop) {
  AddContainers();
  AddWatchers();
  AddTriggers();
  routes_.Add("GET", "/api/log/entries",
              [this](const RouteCall &call) { return MakeJsonExchange(context_.loop, call.sink, "[]"); });
  routes_.Add("GET", "/api/events", [this](const RouteCall &call) { return events_.Open(call); });
}

void DrydockAdapter::AddContainers() {
  routes_.Add("GET", "/api/containers", [this](const RouteCall &call) {
    return MakeContainersExchange(context_.loop, context_.inventory, call);
  });
  routes_.Add("GET", "/api/containers/{id}/logs",
              [this](RouteCall call) { return MakeLogExchange(context_.loop, context_.engine, std::move(call)); });
  routes_.Add("DELETE", "/api/containers/{id}", [this](const RouteCall &call) {
    return MakeRemovalExchange(context_.loop, context_.engine, context_.inventory, call);
  });
}

void DrydockAdapter::AddWatchers() {
  const auto not_implemented = [this](const RouteCall &call) {
    return MakeJsonExchange(context_.loop, call.sink, kNotImplemented, 501);
  };
  routes_.Add("GET", "/api/watchers", [this](const RouteCall &call) {
    return MakeJsonExchange(context_.loop, call.sink, fmt::format("[{}]", DescribeWatcher(*context_.config.dialect)));
  });
  routes_.Add("GET", "/api/watchers/{type}/{name}", [this](const RouteCall &call) {
    const std::string &type = call.arguments.at(0);
    const std::string &name = call.arguments.at(1);
    if (IsOurWatcher(type, name)) {
      return MakeJsonExchange(context_.loop, call.sink, DescribeWatcher(*context_.config.dialect));
    }
    const std::string text =
        "watcher " + PrintableUnquoted(type, 64) + "/" + PrintableUnquoted(name, 64) + " not found";
    return MakeReadyExchange(context_.loop, call.sink, MakeTextResponse(404, text));
  });
  routes_.Add("POST", "/api/watchers/{type}/{name}", not_implemented);
  routes_.Add("POST", "/api/watchers/{type}/{name}/container/{id}", not_implemented);
}

void DrydockAdapter::AddTriggers() {
  const auto not_implemented = [this](const RouteCall &call) {
    return MakeJsonExchange(context_.loop, call.sink, kNotImplemented, 501);
  };
  routes_.Add("GET", "/api/triggers",
              [this](const RouteCall &call) { return MakeJsonExchange(context_.loop, call.sink, "[]"); });
  routes_.Add("POST", "/api/triggers/{type}/{name}", not_implemented);
  routes_.Add("POST", "/api/triggers/{type}/{name}/batch", not_implemented);
}

}  // namespace lookout
