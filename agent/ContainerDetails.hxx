// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "agent/ContainerForm.hxx"
#include "base/JsonWriter.hxx"

/** Writers for the parts of a container that differ between the two forms; each adds members to an open object. */
namespace lookout {

/** `image`: id, registry{name,url}, name, tag{value,semver,tagPrecision}, digest{watch,...}, architecture, os, ... */
void WriteNestedImage(JsonWriter &json, const JsonValue &inspect, const ImageInfo &image,
                      const ContainerFormSettings &settings);
/** The same with plain texts for registry, tag and digest. */
void WriteFlatImage(JsonWriter &json, const JsonValue &inspect, const ImageInfo &image,
                    const ContainerFormSettings &settings);

/** `details`: ports and volumes as texts, env, startedAt. */
void WriteNestedDetails(JsonWriter &json, const JsonValue &inspect, const ContainerFormSettings &settings);
/** `details`: ports, networks and volumes as objects. */
void WriteFlatDetails(JsonWriter &json, const JsonValue &inspect, const ContainerFormSettings &settings);

/** `labels`, unless there are none; in the engine's order made steady by sorting. */
void WriteLabels(JsonWriter &json, const JsonValue &inspect);
/** `env`: every variable as key and value, masked where a pattern says so; the controller takes none without a name. */
void WriteEnvironment(JsonWriter &json, const JsonValue &inspect, const ContainerFormSettings &settings);

/** One volume, bind or tmpfs. */
struct ContainerMount {
  std::string type;
  std::string source;  // the volume's name where Docker tells no path
  std::string destination;
  bool read_only = false;
};

/** By destination: Docker lists them in another order each time. */
std::vector<ContainerMount> ListMounts(const JsonValue &inspect);

/** One published or exposed port. */
struct PortBinding {
  std::string container;  // "80"
  std::string protocol;   // "tcp"
  std::string host_ip;    // "" for any address
  std::string host_port;  // "" when it is not published
};

/** In a steady order, those that are published on all of IPv4 and IPv6 once. */
std::vector<PortBinding> ListPorts(const JsonValue &inspect);
/** "8080->80/tcp", "127.0.0.1:8080->80/tcp", "80/tcp". */
std::string FormatPort(const PortBinding &port);

}  // namespace lookout
