// SPDX-License-Identifier: Apache-2.0
#include "tests/devhub/Hub.hxx"

#include <array>
#include <ctime>

#include "base/Log.hxx"

namespace lookout::devhub {

namespace {

/** The dialect of a path the hub serves, else nullptr. */
const Dialect *FindDialectOfPath(std::string_view path) {
  if (path == kPortwingDialect.socket_path || path == "/api/v1/portwing/ws") return &kPortwingDialect;
  if (path == kLookoutDialect.socket_path) return &kLookoutDialect;
  return nullptr;
}

UpgradeAnswer Respond(int64_t status, const std::string &reason, const std::string &extra_headers) {
  return {UpgradeAnswer::Kind::Respond, "HTTP/1.1 " + std::to_string(status) + " " + reason + "\r\n" + extra_headers +
                                            "Content-Length: " + std::to_string(reason.size()) +
                                            "\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n" + reason};
}

WsServerOptions MakeServerOptions(const HubOptions &options) {
  return {options.host,     options.port,           options.cert_file,
          options.key_file, options.limits.message, options.limits.receive_buffer};
}

}  // namespace

Hub::Hub(LwsContext &context, OffsetClock &clock, HubOptions options)
    : context_(context),
      clock_(clock),
      options_(std::move(options)),
      keys_(options_.authorized_keys),
      verifier_(clock_, keys_, options_.limits.hellos_per_minute),
      control_(*this, options_.dir + "/control.sock"),
      server_(context, *this, MakeServerOptions(options_)) {}

Hub::~Hub() = default;

std::string Hub::Url() const {
  const bool is_v6 = options_.host.find(':') != std::string::npos;
  return std::string(server_.HasTls() ? "wss://" : "ws://") + (is_v6 ? "[" + options_.host + "]" : options_.host) +
         ":" + std::to_string(server_.Port());
}

AgentSession *Hub::FindSession(const std::string &name) const {
  const auto found = sessions_.find(name);
  return found == sessions_.end() ? nullptr : found->second;
}

UpgradeAnswer Hub::OnUpgrade(const UpgradeRequest &request) {
  ++counters_.upgrades;
  if (faults_.hang_upgrades > 0) {
    --faults_.hang_upgrades;
    return {UpgradeAnswer::Kind::Hang, ""};
  }
  if (faults_.upgrade.count > 0) {
    --faults_.upgrade.count;
    const auto retry = faults_.upgrade.retry_after;
    return Respond(faults_.upgrade.status, "Refused", retry ? "Retry-After: " + std::to_string(*retry) + "\r\n" : "");
  }
  // As at the controller: a path that nobody owns is never answered, and a foreign Origin is refused.
  if (FindDialectOfPath(request.path) == nullptr) return {UpgradeAnswer::Kind::Hang, ""};
  const std::string own_origin = std::string(server_.HasTls() ? "https://" : "http://") + request.host;
  if (!request.origin.empty() && request.origin != own_origin) return Respond(403, "Forbidden", "");
  return {};
}

std::string Hub::UpgradeDate() {
  if (faults_.no_date) return "";
  const std::time_t now = clock_.UnixSeconds();
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 64> text{};
  const size_t size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), size};
}

std::unique_ptr<WsHandler> Hub::MakeHandler(WsConnection &connection, const std::string &path) {
  const Dialect *const dialect = FindDialectOfPath(path);
  return std::make_unique<AgentSession>(*this, connection, dialect == nullptr ? kPortwingDialect : *dialect,
                                        ++counters_.connections);
}

HelloResult<Hello> Hub::CheckHello(std::string_view message, const Dialect &dialect) {
  if (faults_.reject_count > 0) {
    --faults_.reject_count;
    return devhub::Reject(faults_.reject_code, "refused on purpose");
  }
  return verifier_.Verify(message, dialect);
}

std::optional<Rejection> Hub::Join(AgentSession &session) {
  const std::string &name = session.Name();
  switch (names_.TryClaim(name, session.GetHello().key_id)) {
    case NameTable::Claim::OtherKey: return Rejection{"agent-name-claimed", "this name belongs to another key"};
    case NameTable::Claim::Full: return Rejection{"registry-full", "no room for more names"};
    case NameTable::Claim::Ok: break;
  }
  if (sessions_.contains(name)) return Rejection{"agent-already-connected", "this name has a live session"};
  sessions_.emplace(name, &session);
  ++counters_.hellos;
  containers_.Of(name).synced = false;
  auto &gate = gates_[name];
  if (!gate) gate = std::make_unique<AgentGate>(*this, name, options_.dir + "/" + name + ".sock");
  LogInfo("agent connected", {{"agent", name}, {"socket", options_.dir + "/" + name + ".sock"}});
  return std::nullopt;
}

void Hub::Leave(AgentSession &session) {
  const auto found = sessions_.find(session.Name());
  if (found == sessions_.end() || found->second != &session) return;
  sessions_.erase(found);
  LogInfo("agent gone", {{"agent", session.Name()}});
}

void Hub::OnClientDrained(ClientId client) {
  for (const auto &[name, session] : sessions_) session->OnClientDrained(client);
}

void Hub::RevokeKey(const std::string &key_id) {
  keys_.Revoke(key_id);
  names_.ReleaseKey(key_id);
  for (const auto &[name, session] : sessions_) {
    if (session->GetHello().key_id == key_id) session->Revoke();
  }
}

}  // namespace lookout::devhub
