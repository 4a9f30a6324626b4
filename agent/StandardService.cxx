// SPDX-License-Identifier: Apache-2.0
#include "agent/StandardService.hxx"

#include <fmt/format.h>

#include <cstdlib>
#include <stdexcept>

#include "agent/AccessRules.hxx"
#include "agent/Identity.hxx"
#include "agent/MetricFamilies.hxx"
#include "base/Log.hxx"

namespace lookout {

namespace {

/** Long enough for what is under way, and below the 10 s after which service managers lose patience. */
constexpr std::chrono::seconds kClientsGrace{8};

std::string TemporaryDirectory() {
  const char *const configured = std::getenv("TMPDIR");
  return configured == nullptr || *configured == '\0' ? "/tmp" : configured;
}

KeyRing LoadKeys(const Config &config) {
  return config.authorized_keys.empty() ? KeyRing() : KeyRing(config.authorized_keys);
}

}  // namespace

StandardService::StandardService(AgentCore &core, std::vector<UniqueFd> sockets)
    : core_(core),
      config_(core.Settings()),
      sockets_(std::move(sockets)),
      keys_(LoadKeys(config_)),
      journal_(core.Loop(), core.Audit(), core.Watch().Requests()),
      timer_(core.Loop(), core.Requests(), core.Watch().Requests()),
      gate_(core.Loop(), MakeGateSettings(), keys_, timer_, journal_),
      counter_(gate_, core.Watch().Requests(), *config_.dialect),
      replay_record_(config_.state_directory + "/accepted-signatures") {
  core.Watch().SetServiceSource([this](Exposition &text) {
    if (listener_) AddListenerFamilies(text, listener_->Connections());
  });
  gate_.SetCredentials(MakeCredentials());
  if (!config_.enrollment_token.IsEmpty()) OfferEnrollment();
  if (!config_.tls_cert.empty()) {
    tls_ =
        std::make_unique<ServerTlsContext>(ServerTlsSettings{config_.tls_cert, config_.tls_key, config_.tls_client_ca});
  }
}

StandardService::~StandardService() = default;

GateSettings StandardService::MakeGateSettings() const {
  GateSettings settings;
  settings.trusted_proxies = ParseTrustedProxies(config_).value_or(TrustedProxies());
  settings.max_clock_skew = std::chrono::duration_cast<std::chrono::seconds>(config_.max_clock_skew);
  settings.nonce_capacity = config_.nonce_capacity;
  settings.spool_directories = {config_.state_directory, TemporaryDirectory()};
  return settings;
}

GateCredentials StandardService::MakeCredentials() const {
  GateCredentials credentials;
  credentials.token = config_.token;
  if (!config_.token_hash.IsEmpty()) {
    if (auto hash = PhcString::Parse(config_.token_hash.Reveal())) credentials.token_hash = std::move(*hash);
  }
  credentials.takes_certificates = !config_.tls_client_ca.empty();
  credentials.own_names = MakeOwnNames(config_);
  credentials.is_open = config_.allow_unauthenticated && !config_.AsksForProof() && MayBeOpen();
  return credentials;
}

void StandardService::OfferEnrollment() {
  enrollment_ = std::make_unique<KeyEnrollment>(config_.enrollment_token, config_.authorized_keys,
                                                config_.state_directory + "/used-enrollment-tokens");
  enrollment_route_ = std::make_unique<EnrollmentRoute>(core_.Loop(), *enrollment_, keys_, gate_.Failures(), journal_);
  for (const auto *const dialect : {&kPortwingDialect, &kLookoutDialect}) {
    gate_.AddOpenPath(dialect->enroll_path, *enrollment_route_);
  }
}

void StandardService::Start() {
  if (keys_.IsConfigured()) {
    const auto begun = replay_record_.Begin(gate_.Replays(), core_.Loop().GetClock().UnixSeconds());
    if (!begun)
      LogWarning("signed requests older than each start will be refused", {{"reason", begun.error().message}});
    gate_.Replays().SetNewestObserver([this] { KeepReplayRecord(); });
  }
  ListenerSettings settings;
  settings.address = config_.bind_address;
  settings.port = config_.port;
  settings.tls = tls_.get();
  listener_ = std::make_unique<Listener>(core_.Loop(), settings, counter_, std::move(sockets_));
  if (!config_.AsksForProof() && !MayBeOpen()) {
    throw std::runtime_error(
        "ALLOW_UNAUTHENTICATED covers loopback only, and the sockets that were handed over "
        "(LISTEN_FDS) are " +
        listener_->Address() +
        "; set TOKEN_FILE or AUTHORIZED_KEYS, or "
        "ALLOW_UNAUTHENTICATED_REMOTE=true if that is meant");
  }
  LogInfo("requests are served", {{"address", listener_->Address()}, {"tls", tls_ ? "yes" : "no"}});
}

bool StandardService::MayBeOpen() const {
  // The settings were checked, but a socket that was handed over, or bound before a reload, need not be as they say.
  return config_.allow_unauthenticated_remote || !listener_ || listener_->IsLocal();
}

void StandardService::Reload() {
  gate_.SetCredentials(MakeCredentials());
  ReloadKeys();
  if (!tls_) return;
  if (const auto reloaded = tls_->Reload(); !reloaded) {
    LogError("the certificate stays as it was", {{"reason", reloaded.error().message}});
  }
}

void StandardService::ReloadKeys() {
  const auto changes = keys_.Reload();
  if (!changes) return LogError("the keys that may sign stay as they were", {{"reason", changes.error().message}});
  for (const auto &key : changes->added) LogInfo("a key may sign from now on", {{"key", key}});
  for (const auto &key : changes->removed) LogInfo("a key may not sign any more", {{"key", key}});
  for (const auto &problem : changes->problems) {
    LogWarning("a line of the key list is skipped",
               {{"file", keys_.Path()}, {"line", problem.line}, {"reason", problem.reason}});
  }
}

void StandardService::Shutdown(std::function<void()> on_stopped) {
  core_.EndStreams();
  listener_->Close(kClientsGrace, [this, on_stopped = std::move(on_stopped)] {
    EndReplayRecord();
    on_stopped();
  });
}

void StandardService::KeepReplayRecord() {
  const auto kept = replay_record_.Keep(gate_.Replays());
  if (!kept && !has_failed_to_keep_)
    LogWarning("after a crash, signed requests dated ahead could be repeated", {{"reason", kept.error().message}});
  has_failed_to_keep_ = !kept;
}

void StandardService::EndReplayRecord() {
  if (!keys_.IsConfigured()) return;
  const auto ended = replay_record_.End(gate_.Replays());
  if (!ended) LogWarning("the next start will refuse older signed requests", {{"reason", ended.error().message}});
}

}  // namespace lookout
