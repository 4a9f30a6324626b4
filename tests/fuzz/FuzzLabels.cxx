// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/ContainerForm.hxx"
#include "base/JsonWriter.hxx"
#include "tests/support/ControllerRules.hxx"

namespace {

/** Each line is a label: the key, '=', the value. The first line also names the image and a variable. */
std::string MakeInspect(std::string_view text) {
  const std::string_view first = text.substr(0, text.find('\n'));
  lookout::JsonWriter json;
  json.BeginObject().Member("Id", "1").Key("Config").BeginObject().Member("Image", first);
  json.Key("Env").BeginArray().String(first).End().Key("Labels").BeginObject();
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    const size_t equals = line.find('=');
    json.Member(line.substr(0, equals), equals == std::string_view::npos ? "" : line.substr(equals + 1));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return json.End().End().End().Take();
}

}  // namespace

/** Whatever a container is called and labelled with, the controller accepts it. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const std::string inspect = MakeInspect({reinterpret_cast<const char *>(data), size});
  const auto json = lookout::ParseJson(inspect);
  if (!json) std::abort();
  lookout::ContainerFormSettings settings;
  settings.agent_name = "edge";
  if (!lookout::CheckControllerRules(lookout::WriteContainer(*json, {}, settings)).empty()) std::abort();
  settings.shape = lookout::ContainerShape::Flat;
  if (!lookout::ParseJson(lookout::WriteContainer(*json, {}, settings))) std::abort();
  return 0;
}
