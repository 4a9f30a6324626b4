// SPDX-License-Identifier: Apache-2.0
#include "agent/ContainerForm.hxx"

#include <catch2/catch.hpp>

#include "agent/ContainerDetails.hxx"
#include "tests/support/ControllerRules.hxx"

using namespace lookout;

namespace {

constexpr std::string_view kInspect = R"({
  "Id": "3f4e", "Name": "/web", "Image": "sha256:1234", "Path": "nginx", "Args": ["-g"], "Created": "2025-12-31T00:00:00Z",
  "State": {"Running": true, "Status": "running", "StartedAt": "2026-01-01T00:00:05Z", "Health": {"Status": "healthy"}},
  "Config": {"Image": "ghcr.io/owner/app:v1.2", "Labels": {"dd.tag.include": "^v", "a": "b"},
             "Env": ["PATH=/usr/bin", "K=a=b", "E"]},
  "Mounts": [{"Type": "bind", "Source": "/srv/data", "Destination": "/data", "RW": true},
             {"Type": "bind", "Source": "/srv/c", "Destination": "/c", "RW": false}],
  "NetworkSettings": {"Networks": {"bridge": {"IPAddress": "172.17.0.2", "Gateway": "172.17.0.1"}},
    "Ports": {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}, {"HostIp": "::", "HostPort": "8080"}],
              "443/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8443"}], "53/udp": null}}})";

const ImageInfo kImage = {"arm64", "linux", "v8", "2025-06-01T00:00:00Z", {}, {"ghcr.io/owner/app@sha256:ab"}};

std::string Write(std::string_view inspect, const ContainerFormSettings &settings, const ImageInfo &image = kImage) {
  const auto json = ParseJson(inspect);
  REQUIRE(json);
  return WriteContainer(*json, image, settings);
}

}  // namespace

TEST_CASE("ContainerForm: the nested form, member by member", "[inventory]") {
  ContainerFormSettings settings;
  settings.agent_name = "edge-01";
  CHECK(Write(kInspect, settings) ==
        R"({"id":"3f4e","name":"web","displayName":"web","status":"running","health":"healthy","watcher":"docker",)"
        R"("agent":"edge-01","image":{"id":"sha256:1234","registry":{"name":"unknown","url":"ghcr.io"},)"
        R"("name":"owner/app","tag":{"value":"v1.2","semver":true,"tagPrecision":"floating"},)"
        R"("digest":{"watch":true,"repo":"sha256:ab","repoDigests":["ghcr.io/owner/app@sha256:ab"]},)"
        R"("architecture":"arm64","os":"linux","variant":"v8","created":"2025-06-01T00:00:00Z"},)"
        R"("updateAvailable":false,"updateKind":{"kind":"unknown"},"includeTags":"^v",)"
        R"("labels":{"a":"b","dd.tag.include":"^v"},)"
        R"("details":{"ports":["127.0.0.1:8443->443/tcp","53/udp","8080->80/tcp"],)"
        R"("volumes":["/srv/c:/c:ro","/srv/data:/data"],)"
        R"("env":[{"key":"PATH","value":"/usr/bin"},{"key":"K","value":"a=b"},{"key":"E","value":""}],)"
        R"("startedAt":"2026-01-01T00:00:05Z"}})");
}

TEST_CASE("ContainerForm: the flat form", "[inventory]") {
  ContainerFormSettings settings;
  settings.shape = ContainerShape::Flat;
  settings.agent_name = "edge-01";
  CHECK(
      Write(kInspect, settings) ==
      R"({"id":"3f4e","name":"web","displayName":"web","status":"running","watcher":"docker","agent":"edge-01",)"
      R"("image":{"id":"sha256:1234","registry":"ghcr.io","name":"owner/app","tag":"v1.2","digest":"sha256:ab",)"
      R"("architecture":"arm64","os":"linux","created":"2025-06-01T00:00:00Z"},"updateAvailable":false,"updateKind":"unknown",)"
      R"("includeTags":"^v","labels":{"a":"b","dd.tag.include":"^v"},"details":{"command":"nginx -g",)"
      R"("ports":[{"container":"443","host":"8443","protocol":"tcp","ip":"127.0.0.1"},)"
      R"({"container":"53","protocol":"udp"},{"container":"80","host":"8080","protocol":"tcp"}],)"
      R"("network":[{"name":"bridge","ipAddress":"172.17.0.2","gateway":"172.17.0.1"}],)"
      R"("volumes":[{"type":"bind","source":"/srv/c","destination":"/c","readOnly":true},)"
      R"({"type":"bind","source":"/srv/data","destination":"/data","readOnly":false}],)"
      R"("env":[{"key":"PATH","value":"/usr/bin"},{"key":"K","value":"a=b"},{"key":"E","value":""}],)"
      R"("created":"2025-12-31T00:00:00Z","started":"2026-01-01T00:00:05Z","health":"healthy"}})");
}

TEST_CASE("ContainerForm: what the controller demands is there even when the engine says little", "[inventory]") {
  const auto text =
      Write(R"({"Id":"a","Name":"/n","Image":"sha256:1","Config":{"Image":"sha256:1","Labels":null,"Env":null},
                              "State":{"StartedAt":"0001-01-01T00:00:00Z","Status":"created"}})",
            {}, {});
  const auto json = ParseJson(text);
  REQUIRE(json);
  const JsonValue &image = (*json)["image"];
  for (const auto *const value :
       {&(*json)["id"], &(*json)["name"], &(*json)["watcher"], &image["id"], &image["name"], &image["registry"]["name"],
        &image["registry"]["url"], &image["tag"]["value"], &image["architecture"], &image["os"]}) {
    CHECK_FALSE(value->AsString().empty());
  }
  CHECK((*json)["details"]["ports"].IsArray());
  CHECK((*json)["details"]["volumes"].IsArray());
  CHECK((*json)["details"]["env"].IsArray());
  CHECK((*json)["details"].Find("startedAt") == nullptr);
  CHECK(json->Find("labels") == nullptr);
  CHECK(json->Find("health") == nullptr);
  CHECK(json->Find("agent") == nullptr);
}

TEST_CASE("ContainerForm: the controller accepts whatever the engine says", "[inventory]") {
  const auto inspect = GENERATE(
      R"({"Id":"a"})", R"({"Id":"a","Name":"/","Image":"","Config":{"Image":"","Env":["","=x","A"]},"Mounts":null})",
      R"({"Id":"a","Name":7,"State":{"StartedAt":"soon","Health":{"Status":"none"}},"Mounts":[{"Type":"tmpfs"}]})",
      R"({"Id":"a","Config":{"Image":"@sha256:ab","Labels":{"dd.display.name":"","dd.tag.include":"","":""}}})");
  CHECK(CheckControllerRules(Write(inspect, {}, {})).empty());
}

TEST_CASE("ContainerForm: the order in which Docker lists mounts is no change", "[inventory]") {
  const std::string_view one =
      R"({"Id":"a","Mounts":[{"Source":"/x","Destination":"/1"},{"Name":"v","Destination":"/2"}]})";
  const std::string_view other =
      R"({"Id":"a","Mounts":[{"Name":"v","Destination":"/2"},{"Source":"/x","Destination":"/1"}]})";
  CHECK(Write(one, {}) == Write(other, {}));
  CHECK(Write(one, {}).find(R"("volumes":["/x:/1","v:/2"])") != std::string::npos);
}

TEST_CASE("ContainerForm: labels steer names and rules, and a boolean dd.watch is no watcher", "[inventory]") {
  const auto text = Write(R"({"Id":"a","Name":"/n","Config":{"Image":"app:1.2.3","Labels":{"dd.watch":"true",
      "dd.display.name":"API","dd.display.icon":"mdi-api","dd.tag.exclude":"beta","dd.tag.transform":"s/^v//",
      "dd.watch.digest":"false","DD.DISPLAY.NAME":"other"}}})",
                          {});
  const auto json = ParseJson(text);
  REQUIRE(json);
  CHECK((*json)["watcher"].AsString() == "docker");
  CHECK((*json)["displayName"].AsString() == "API");
  CHECK((*json)["displayIcon"].AsString() == "mdi-api");
  CHECK((*json)["excludeTags"].AsString() == "beta");
  CHECK((*json)["transformTags"].AsString() == "s/^v//");
  CHECK((*json)["image"]["digest"]["watch"].AsBool() == false);
  CHECK((*json)["image"]["tag"]["tagPrecision"].AsString() == "specific");
}

TEST_CASE("ContainerForm: secrets in the environment can be kept back", "[inventory]") {
  ContainerFormSettings settings;
  settings.redact_env = {"*PASSWORD*", "API_KEY"};
  const auto text = Write(R"({"Config":{"Env":["DB_PASSWORD=hunter2","API_KEY=k1","HOME=/root"]}})", settings);
  CHECK(text.find("hunter2") == std::string::npos);
  CHECK(text.find("k1") == std::string::npos);
  CHECK(text.find("/root") != std::string::npos);
}
