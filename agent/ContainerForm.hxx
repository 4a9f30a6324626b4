// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "agent/ImageInfo.hxx"
#include "base/JsonValue.hxx"

namespace lookout {

/**
 * The one watcher that this agent advertises. The controller refuses to act on a container of any other, so the label
 * dd.watch does not name one: the controller reads it as a boolean, and a watcher "true" would help nobody.
 */
inline constexpr std::string_view kWatcherName = "docker";

/** The two ways to describe a container; which one is wanted depends on the protocol dialect, or the adapter. */
enum class ContainerShape {
  Nested,  // objects for image.registry, image.tag and image.digest; texts for ports and volumes
  Flat,    // the other way round
};

/** How containers are described to those who ask for them. */
struct ContainerFormSettings {
  ContainerShape shape = ContainerShape::Nested;
  std::string agent_name;
  /** Glob patterns of environment variable names whose values are not told. */
  std::vector<std::string> redact_env;
  /** Of the engine, for images that do not tell theirs. */
  std::string engine_os = "linux";
  std::string engine_architecture = "unknown";
};

/**
 * One container as JSON (docs/protocol.md, "Containers"), from an inspect and its image.
 * Arrays are never null, optional texts are left out rather than empty. The same state always gives the same
 * text, so that texts can be compared.
 */
std::string WriteContainer(const JsonValue &inspect, const ImageInfo &image, const ContainerFormSettings &settings);

/** The container's name, without Docker's leading slash; its id where it has none. */
std::string ContainerName(const JsonValue &inspect);
/** A label's value; "" when it is not set. */
const std::string &ContainerLabel(const JsonValue &inspect, std::string_view label);

}  // namespace lookout
