// SPDX-License-Identifier: Apache-2.0
#include "proxy/InboundGate.hxx"

#include "proxy/AgentPath.hxx"
#include "proxy/GateExchange.hxx"
#include "proxy/Limits.hxx"

namespace lookout {

InboundGate::InboundGate(EventLoop &loop, GateSettings settings, const KeyRing &keys, RequestHandler &inside,
                         GateObserver &observer)
    : context_(loop, std::move(settings), keys, observer), worker_(loop, kMaxDerivations), inside_(inside) {}

InboundGate::~InboundGate() = default;

void InboundGate::SetCredentials(const GateCredentials &credentials) {
  auto verifiers = std::make_shared<GateVerifiers>();
  if (!credentials.token.IsEmpty()) verifiers->token.emplace(credentials.token);
  if (credentials.token_hash) {
    verifiers->token_hash = std::make_unique<TokenHashCheck>(
        worker_, *credentials.token_hash, [this](const IpAddress &client) { Failures().RecordFailure(client); });
  }
  verifiers->takes_certificates = credentials.takes_certificates;
  verifiers->is_open = credentials.is_open;
  verifiers->own_names = credentials.own_names;
  context_.verifiers = std::move(verifiers);
}

RequestHandler *InboundGate::FindOpen(std::string_view path) {
  if (IsHealthPath(path)) return &inside_;
  const auto found = open_.find(path);
  return found == open_.end() ? nullptr : found->second;
}

IpAddress InboundGate::NameClient(Request &request) const {
  auto &origin = request.origin;
  const auto peer = ParseHop(origin.peer_address).value_or(IpAddress());
  const auto &headers = request.head.headers;
  const auto forwarded_for = headers.Joined("X-Forwarded-For").value_or("");
  const auto real_ip = headers.Joined("X-Real-IP").value_or("");
  auto client = context_.settings.trusted_proxies.FindClient(peer, {forwarded_for, real_ip});
  if (!client.IsNone()) origin.actor = client.ToString();
  return client;
}

std::unique_ptr<Exchange> InboundGate::Handle(Request &&request, ResponseSink &sink) {
  const auto client = NameClient(request);
  if (auto *const open = FindOpen(request.head.Path())) return open->Handle(std::move(request), sink);
  auto exchange = std::make_unique<GateExchange>();
  auto check = std::make_unique<GateCheck>(
      context_, std::move(request), client, [this, &sink, to = exchange.get()](GateCheck::Verdict verdict) {
        if (verdict) return to->Become(inside_.Handle(std::move(*verdict), sink));
        to->Become(MakeReadyExchange(context_.loop, sink, MakeRefusalResponse(verdict.error())));
      });
  auto &started = *check;
  exchange->Keep(std::move(check));
  started.Start();
  return exchange;
}

std::unique_ptr<Duplex> InboundGate::Open(Request &&request, DuplexSink &sink) {
  const auto client = NameClient(request);
  if (auto *const open = FindOpen(request.head.Path())) return open->Open(std::move(request), sink);
  auto duplex = std::make_unique<GateDuplex>();
  auto check = std::make_unique<GateCheck>(
      context_, std::move(request), client, [this, &sink, to = duplex.get()](GateCheck::Verdict verdict) {
        if (verdict) return to->Become(inside_.Open(std::move(*verdict), sink));
        to->Become(MakeReadyDuplex(context_.loop, sink, MakeRefusalResponse(verdict.error())));
      });
  auto &started = *check;
  duplex->Keep(std::move(check));
  started.Start();
  return duplex;
}

}  // namespace lookout
