// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/ContainerDetails.hxx"
#include "agent/ContainerForm.hxx"
#include "agent/ContainerUsage.hxx"
#include "agent/ImageInfo.hxx"
#include "base/Utf8.hxx"
#include "proxy/DockerCall.hxx"
#include "tests/fuzz/Require.hxx"
#include "tests/support/ControllerRules.hxx"

using namespace lookout;

namespace {

/** Of any JSON in place of an inspect: a form that is JSON, the same each time, and in one order. */
void CheckForms(const JsonValue &inspect, const ImageInfo &image) {
  ContainerFormSettings settings;
  settings.agent_name = "edge";
  settings.redact_env = {"*SECRET*"};
  for (const auto shape : {ContainerShape::Nested, ContainerShape::Flat}) {
    settings.shape = shape;
    const std::string form = WriteContainer(inspect, image, settings);
    Require(ParseJson(form).has_value() && IsValidUtf8(form), "a container is told in JSON");
    Require(WriteContainer(inspect, image, settings) == form, "the same state gives the same text");
  }
}

void CheckLists(const JsonValue &inspect) {
  const auto mounts = ListMounts(inspect);
  const bool is_sorted = std::is_sorted(mounts.begin(), mounts.end(),
                                        [](const auto &a, const auto &b) { return a.destination < b.destination; });
  Require(is_sorted, "mounts are in a steady order");
  for (const auto &port : ListPorts(inspect)) Require(!FormatPort(port).empty(), "a port has a text");
}

void CheckUsage(const JsonValue &json) {
  for (auto usage : ParseRunning(json)) {
    Require(!usage.id.empty() && !usage.name.starts_with('/'), "a running container has an id");
    ReadUsage(json, usage);
  }
  ContainerUsage usage;
  ReadUsage(json, usage);
  Require(!usage.cpu_seconds || (std::isfinite(*usage.cpu_seconds) && *usage.cpu_seconds >= 0), "time is a number");
}

}  // namespace

/** Whatever an engine sends in place of an inspect, a list, figures or an error. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const std::string_view text(reinterpret_cast<const char *>(data), size);
  const std::string message = ExtractDockerMessage(text);
  Require(message.size() <= 2 * 4096 + 2, "an error is not repeated at any length");
  const ImageInfo image = ParseImageInfo(text);
  const auto json = ParseJson(text);
  if (!json) return 0;
  CheckForms(*json, image);
  CheckLists(*json);
  CheckUsage(*json);
  return 0;
}
