// SPDX-License-Identifier: Apache-2.0
#include "agent/GenericAdapter.hxx"

#include "agent/ContainersAnswer.hxx"
#include "agent/LogAnswer.hxx"
#include "base/JsonWriter.hxx"
#include "base/Version.hxx"

namespace lookout {

namespace {

std::string WriteVersion(const Dialect &dialect) {
  const size_t slash = dialect.protocol.find('/');
  JsonWriter json;
  json.BeginObject().Member("agentVersion", ProductVersion());
  json.Member("protocolName", dialect.protocol.substr(0, slash));
  json.Member("protocolVersion", dialect.protocol.substr(slash + 1)).Member("adapter", "generic");
  return json.End().Take();
}

}  // namespace

GenericAdapter::GenericAdapter(const AdapterContext &context)
    : context_(context), events_(context), routes_(context.loop) {
  routes_.Add("GET", "/api/v1/version", [this](const RouteCall &call) {
    return MakeJsonExchange(context_.loop, call.sink, WriteVersion(*context_.config.dialect));
  });
  routes_.Add("GET", "/api/v1/containers", [this](const RouteCall &call) {
    return MakeContainersExchange(context_.loop, context_.inventory, call);
  });
  routes_.Add("GET", "/api/v1/containers/{id}/logs",
              [this](RouteCall call) { return MakeLogExchange(context_.loop, context_.engine, std::move(call)); });
  routes_.Add("GET", "/api/v1/events", [this](const RouteCall &call) { return events_.Open(call); });
}

}  // namespace lookout
