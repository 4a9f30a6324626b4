// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/FailureLimiter.hxx"
#include "auth/KeyRing.hxx"
#include "auth/PhcString.hxx"
#include "auth/ReplayGuard.hxx"
#include "auth/RequestSignature.hxx"
#include "auth/Secret.hxx"
#include "auth/TokenVerifier.hxx"
#include "auth/TrustedProxies.hxx"
#include "base/EventLoop.hxx"
#include "base/Worker.hxx"
#include "proxy/GateObserver.hxx"
#include "proxy/HeldBody.hxx"
#include "proxy/OwnNames.hxx"
#include "proxy/TokenHashCheck.hxx"

namespace lookout {

struct GateSettings {
  TrustedProxies trusted_proxies;
  std::chrono::seconds max_clock_skew{60};
  size_t nonce_capacity = 10'000;
  /** Where signed bodies are held that are too large for memory; the first that can be written to is used. */
  std::vector<std::string> spool_directories;
};

/** What proves who asks, beside keys (KeyRing). At most one of the two is set. */
struct GateCredentials {
  Secret token;
  std::optional<PhcString> token_hash;
  /** Client certificates that TLS has verified are a proof. */
  bool takes_certificates = false;
  /** Nobody has to prove anything. */
  bool is_open = false;
  /** By which names it may then be asked. */
  OwnNames own_names;
};

/** Credentials at work. Requests under way keep those that they began with. */
struct GateVerifiers {
  std::optional<TokenVerifier> token;
  std::unique_ptr<TokenHashCheck> token_hash;
  bool takes_certificates = false;
  bool is_open = false;
  OwnNames own_names;

  bool KnowToken() const { return token || token_hash; }
};

/** What all requests at one gate share. */
struct GateContext {
  GateContext(EventLoop &event_loop, GateSettings gate_settings, const KeyRing &key_ring, GateObserver &gate_observer)
      : loop(event_loop),
        settings(std::move(gate_settings)),
        keys(key_ring),
        observer(gate_observer),
        failures(loop.GetClock()),
        replays(loop.GetClock(), settings.max_clock_skew, settings.nonce_capacity),
        signatures(loop.GetClock(), settings.max_clock_skew, replays),
        room{settings.spool_directories} {}

  EventLoop &loop;
  const GateSettings settings;
  const KeyRing &keys;
  GateObserver &observer;
  FailureLimiter failures;
  ReplayGuard replays;
  RequestSignatureVerifier signatures;
  HeldBodyRoom room;
  std::shared_ptr<GateVerifiers> verifiers = std::make_shared<GateVerifiers>();
};

}  // namespace lookout
