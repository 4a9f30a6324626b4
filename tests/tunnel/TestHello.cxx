// SPDX-License-Identifier: Apache-2.0
#include "tunnel/Hello.hxx"

#include <catch2/catch.hpp>

using namespace lookout;

namespace {

AgentIdentity MakeIdentity() {
  AgentIdentity identity;
  identity.version = "0.9.8";
  identity.agent_id = "id-1";
  identity.agent_name = "n";
  identity.hostname = "h";
  identity.docker_version = "27.0.3";
  return identity;
}

std::string HelloText(const AgentIdentity &identity) {
  return MakeHello(identity, {"k", 1, "n", "s"});
}

}  // namespace

TEST_CASE("Hello: the fields in their order, triggerTypes left out", "[hello]") {
  CHECK(
      HelloText(MakeIdentity()) ==
      R"({"type":"hello","data":{"version":"0.9.8","protocol":"portwing/1.0","agentId":"id-1","agentName":"n",)"
      R"("dockerVersion":"27.0.3","hostname":"h",)"
      R"("capabilities":["compose","exec","metrics","events","dd:container-sync","dd:logs","edge-response-body-b64"],)"
      R"("drydockCompat":"1.4.0","watcherTypes":["docker"],"pubKeyId":"k","timestamp":1,"nonce":"n","signature":"s"}})");
}

TEST_CASE("Hello: the other dialect announces watch and trigger before the rest", "[hello]") {
  AgentIdentity identity = MakeIdentity();
  identity.dialect = &kLookoutDialect;
  CHECK(Capabilities(identity) == std::vector<std::string>{"compose", "exec", "metrics", "events", "dd:watch",
                                                           "dd:trigger", "dd:container-sync", "dd:logs",
                                                           "edge-response-body-b64"});
  CHECK(HelloText(identity).find(R"("protocol":"lookout/1.0")") != std::string::npos);
}

TEST_CASE("Hello: the generic adapter knows nothing of drydock", "[hello]") {
  AgentIdentity identity = MakeIdentity();
  identity.drydock_adapter = false;
  const std::string text = HelloText(identity);
  CHECK(text.find("dd:") == std::string::npos);
  CHECK(text.find("drydockCompat") == std::string::npos);
  CHECK(text.find("watcherTypes") == std::string::npos);
  CHECK(text.find(R"("containers","logs","version")") != std::string::npos);
}

TEST_CASE("Hello: names may hold anything", "[hello]") {
  AgentIdentity identity = MakeIdentity();
  identity.agent_name = "a \"b\"\n\xff";
  CHECK(HelloText(identity).find(R"("agentName":"a \"b\"\n)"
                                 "\xef\xbf\xbd\"") != std::string::npos);
}
