// SPDX-License-Identifier: Apache-2.0
#include "tunnel/Hello.hxx"

#include "tunnel/FrameWriter.hxx"

namespace lookout {

namespace {

/** The level of drydock's agent interface that we were written against. */
constexpr std::string_view kDrydockCompat = "1.4.0";

void WriteCapabilities(JsonWriter &json, const AgentIdentity &identity) {
  json.Key("capabilities").BeginArray();
  for (const auto name : {"exec", "metrics", "events"}) json.String(name);
  if (identity.drydock_adapter) {
    if (identity.dialect->announces_watch_and_trigger) json.String("dd:watch").String("dd:trigger");
    json.String("dd:container-sync").String("dd:logs");
  } else {
    json.String("containers").String("logs").String("version");
  }
  json.String("edge-response-body-b64").End();
}

}  // namespace

MessageBuffer MakeHello(const AgentIdentity &identity, const HelloProof &proof) {
  FrameWriter frame("hello");
  JsonWriter &json = frame.Data();
  json.Member("version", identity.version)
      .Member("protocol", identity.dialect->protocol)
      .Member("agentId", identity.agent_id)
      .Member("agentName", identity.agent_name)
      .Member("dockerVersion", identity.docker_version)
      .Member("hostname", identity.hostname);
  WriteCapabilities(json, identity);
  if (identity.drydock_adapter) {
    json.Member("drydockCompat", kDrydockCompat).Key("watcherTypes").BeginArray().String("docker").End();
  }
  json.Member("pubKeyId", proof.key_id)
      .Key("timestamp")
      .Int(proof.timestamp)
      .Member("nonce", proof.nonce)
      .Member("signature", proof.signature);
  return frame.Finish();
}

}  // namespace lookout
