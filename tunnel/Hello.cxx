// SPDX-License-Identifier: Apache-2.0
#include "tunnel/Hello.hxx"

#include "tunnel/FrameWriter.hxx"

namespace lookout {

namespace {

/** The level of drydock's agent interface that we were written against. */
constexpr std::string_view kDrydockCompat = "1.4.0";

void Append(std::vector<std::string> &list, std::initializer_list<const char *> names) {
  list.insert(list.end(), names.begin(), names.end());
}

}  // namespace

std::vector<std::string> Capabilities(const AgentIdentity &identity) {
  std::vector<std::string> list = {"compose", "exec", "metrics", "events"};
  if (!identity.drydock_adapter) {
    Append(list, {"containers", "logs", "version"});
  } else {
    if (identity.dialect->announces_watch_and_trigger) Append(list, {"dd:watch", "dd:trigger"});
    Append(list, {"dd:container-sync", "dd:logs"});
  }
  list.emplace_back("edge-response-body-b64");
  return list;
}

std::string MakeHello(const AgentIdentity &identity, const HelloSignature &proof) {
  FrameWriter frame("hello");
  JsonWriter &json = frame.Data();
  json.Member("version", identity.version)
      .Member("protocol", identity.dialect->protocol)
      .Member("agentId", identity.agent_id)
      .Member("agentName", identity.agent_name)
      .Member("dockerVersion", identity.docker_version)
      .Member("hostname", identity.hostname);
  json.Key("capabilities").BeginArray();
  for (const auto &name : Capabilities(identity)) json.String(name);
  json.End();
  if (identity.drydock_adapter) {
    json.Member("drydockCompat", kDrydockCompat).Key("watcherTypes").BeginArray().String("docker").End();
  }
  json.Member("pubKeyId", proof.key_id)
      .Key("timestamp")
      .Int(proof.unix_seconds)
      .Member("nonce", proof.nonce)
      .Member("signature", proof.signature);
  return frame.Finish();
}

}  // namespace lookout
