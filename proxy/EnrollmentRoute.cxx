// SPDX-License-Identifier: Apache-2.0
#include "proxy/EnrollmentRoute.hxx"

#include <fmt/format.h>

#include <algorithm>

#include "auth/TrustedProxies.hxx"
#include "base/Base64.hxx"
#include "base/JsonValue.hxx"
#include "base/JsonWriter.hxx"
#include "proxy/BodyCollector.hxx"
#include "proxy/LaterAnswer.hxx"
#include "proxy/Limits.hxx"
#include "proxy/ReadyAnswer.hxx"

namespace lookout {

namespace {

IpAddress ClientOf(const Request &request) {
  return IpAddress::Parse(request.origin.actor).value_or(IpAddress());
}

/** Nobody on the way can read what the client sends. */
bool IsProtected(const Origin &origin) {
  if (origin.is_encrypted || origin.peer_address.empty()) return true;
  const auto peer = ParseHop(origin.peer_address);
  return peer && peer->IsLoopback();
}

}  // namespace

/** Reads the body, then enrolls. */
class EnrollmentRoute::Attempt final : public AnswerWork {
 public:
  Attempt(EnrollmentRoute &route, Request request, std::function<void(FullResponse)> respond)
      : route_(route),
        request_(std::move(request)),
        respond_(std::move(respond)),
        collector_(route.loop_, std::move(request_.body), kMaxEnrollmentBody,
                   [this](auto body) { OnBody(std::move(body)); }) {}

 private:
  void OnBody(const tl::expected<std::string, BodyCollector::Fault> &body) {
    respond_(route_.Conclude(request_, Decide(body)));
  }

  Outcome Decide(const tl::expected<std::string, BodyCollector::Fault> &body) {
    if (!body) return RefuseBody(body.error());
    // Once more: others of this client may have failed while the body came.
    if (auto refused = route_.RefuseEarly(request_)) return std::move(*refused);
    return route_.Enroll(*body);
  }

  static Outcome RefuseBody(BodyCollector::Fault fault) {
    switch (fault) {
      case BodyCollector::Fault::TooLarge: return {{413, "", "body_too_large"}, "request body too large", {}};
      case BodyCollector::Fault::TimedOut: return {{408, "", "body_timed_out"}, "request body read timed out", {}};
      case BodyCollector::Fault::Broken: break;
    }
    return {{400, "", "body_broken"}, "the request body broke off", {}};
  }

  EnrollmentRoute &route_;
  Request request_;
  std::function<void(FullResponse)> respond_;
  BodyCollector collector_;
};

EnrollmentRoute::EnrollmentRoute(EventLoop &loop, KeyEnrollment &enrollment, KeyRing &keys, FailureLimiter &failures,
                                 GateObserver &observer)
    : loop_(loop),
      enrollment_(enrollment),
      keys_(keys),
      failures_(failures),
      rubbish_(loop.GetClock()),
      observer_(observer) {}

std::unique_ptr<Exchange> EnrollmentRoute::Handle(Request &&request, ResponseSink &sink) {
  if (request.head.method != "POST") return MakeReadyExchange(loop_, sink, MakeMethodNotAllowed("POST"));
  if (const auto refused = RefuseEarly(request)) return MakeReadyExchange(loop_, sink, Conclude(request, *refused));
  auto later = std::make_unique<LaterExchange>();
  later->Keep(
      std::make_unique<Attempt>(*this, std::move(request), [this, &sink, to = later.get()](FullResponse answer) {
        to->Become(MakeReadyExchange(loop_, sink, std::move(answer)));
      }));
  return later;
}

std::unique_ptr<Duplex> EnrollmentRoute::Open(Request &&, DuplexSink &sink) {
  return MakeReadyDuplex(loop_, sink, MakeNoUpgradeResponse());
}

std::optional<EnrollmentRoute::Outcome> EnrollmentRoute::RefuseEarly(const Request &request) {
  const auto client = ClientOf(request);
  const auto wait = std::max(failures_.Wait(client), rubbish_.Wait(client));
  if (wait) return Outcome{{429, "", "rate_limited"}, "too many requests", wait};
  if (IsProtected(request.origin)) return std::nullopt;
  return Outcome{{403, "", "plaintext"},
                 "enrollment needs TLS, for the token must not cross the network in the clear; use https:// (TLS_CERT, "
                 "TLS_KEY), or send this from the agent's own host",
                 {}};
}

EnrollmentRoute::Outcome EnrollmentRoute::Enroll(std::string_view body) {
  const auto json = ParseJson(body);
  if (!json || !json->IsObject()) return {{400, "", "invalid_json"}, "invalid JSON", {}};
  switch (enrollment_.CheckToken((*json)["enrollment_token"].AsString())) {
    case KeyEnrollment::Verdict::Used: return {{401, "", "token_used"}, "enrollment token already used", {}};
    case KeyEnrollment::Verdict::WrongToken: return {{401, "", "bad_token"}, "unauthorized", {}};
    case KeyEnrollment::Verdict::Open: break;
  }
  const auto bytes = Base64Decode((*json)["public_key"].AsString());
  if (!bytes) return {{400, "", "invalid_key"}, "public_key: invalid base64", {}};
  const auto key = Ed25519PublicKey::FromBytes(*bytes);
  if (!key) return {{400, "", "invalid_key"}, fmt::format("public_key: expected 32 bytes, got {}", bytes->size()), {}};
  return AddKey(*key);
}

EnrollmentRoute::Outcome EnrollmentRoute::AddKey(const Ed25519PublicKey &key) {
  const auto fail = [](std::string reason) -> Outcome {
    return {{500, "", std::move(reason)}, "internal server error", {}};
  };
  if (const auto enrolled = enrollment_.Enroll(key); !enrolled) return fail(enrolled.error().message);
  const auto reloaded = keys_.Reload();
  const auto *const live = keys_.Keys().Find(key.Id());
  if (reloaded && live != nullptr && live->key == key) return {{200, key.Id(), ""}, "", {}};
  const auto reopened = enrollment_.Reopen();
  return fail((reloaded ? std::string("the key is not among those that may sign") : reloaded.error().message) +
              (reopened ? "" : "; the token is used up all the same: " + reopened.error().message));
}

FullResponse EnrollmentRoute::Conclude(const Request &request, const Outcome &outcome) {
  const auto &report = outcome.report;
  observer_.OnEnrollment(request, report);
  if (report.status == 401) failures_.RecordFailure(ClientOf(request));
  if (report.status == 400 || report.status == 408 || report.status == 413) rubbish_.RecordFailure(ClientOf(request));
  if (report.status == 200) {
    JsonWriter json;
    json.BeginObject().Member("key_id", report.key_id).Member("comment", "enrolled:" + report.key_id).End();
    return MakeJsonResponse(200, json.Take() + "\n");
  }
  auto response = MakeTextResponse(report.status, outcome.text);
  auto &headers = response.head.headers;
  if (outcome.retry_after) headers.Add("Retry-After", std::to_string(outcome.retry_after->count()));
  return response;
}

}  // namespace lookout
