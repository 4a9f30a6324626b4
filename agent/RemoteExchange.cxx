// SPDX-License-Identifier: Apache-2.0
#include "agent/RemoteExchange.hxx"

#include "base/Log.hxx"
#include "base/Strings.hxx"

namespace lookout {

namespace {

/** For name, TCP, proxy and TLS together. */
constexpr std::chrono::seconds kConnectLimit{15};

Failure FailureOf(const HeldBody::Fault &fault) {
  switch (fault.kind) {
    case HeldBody::Fault::Kind::TooLarge:
      return {Failure::Kind::TooLarge,
              "a request that is signed with a key can carry 64 MiB at most, because its body is hashed before it is "
              "sent; connect with --token-file or --cert for larger uploads"};
    case HeldBody::Fault::Kind::TimedOut:
      return {Failure::Kind::TimedOut, "the body of the request did not come in time to be signed"};
    case HeldBody::Fault::Kind::Broken: return {Failure::Kind::BadRequest, "the request's body broke off"};
    case HeldBody::Fault::Kind::NoRoom: break;
  }
  return {Failure::Kind::Refused, fault.message};
}

/** What the agent says about a credential that it does not take; the field has two names. */
std::string RefusalReason(const HeaderList &headers) {
  for (const auto *const name : {"X-Portwing-Reason", "X-Lookout-Reason"}) {
    if (const auto *const reason = headers.Find(name)) return Printable(*reason, 80);
  }
  return "it is not the right one";
}

}  // namespace

RemoteExchange::RemoteExchange(RemoteTransport &transport, Request request, DuplexSink &sink)
    : transport_(transport),
      sink_(sink),
      request_(std::move(request)),
      is_upgrade_(request_.head.headers.Has("Upgrade")),
      begin_(transport.loop_, [this] { Begin(); }) {
  begin_.Schedule();
}

void RemoteExchange::Begin() {
  if (!transport_.credential_.NeedsDigest() || !request_.body) return Launch(Sha256(""));
  held_.emplace(transport_.loop_, transport_.room_, IpAddress(), std::move(request_.body),
                [this](auto outcome) { OnHeld(std::move(outcome)); });
}

void RemoteExchange::OnHeld(tl::expected<HeldBody::Whole, HeldBody::Fault> outcome) {
  if (!outcome) return sink_.OnError(FailureOf(outcome.error()));
  request_.body = std::move(outcome->body);
  Launch(outcome->digest);
}

void RemoteExchange::Launch(const Sha256Digest &digest) {
  if (!transport_.credential_.AddTo(request_.head, digest)) {
    return sink_.OnError({Failure::Kind::BadRequest, "this request's target cannot be signed"});
  }
  HijackOptions options;
  options.what = "request";
  options.where = transport_.endpoint_.url.Authority();
  options.host = transport_.endpoint_.url.HostHeader();
  options.connect = kConnectLimit;
  options.head = Duration::zero();
  options.is_upgrade = is_upgrade_;
  auto connector = std::make_unique<RemoteConnector>(transport_.loop_, transport_.endpoint_);
  DuplexSink &self = *this;
  connection_ = std::make_unique<HijackConnection>(transport_.loop_, std::move(connector), std::move(options),
                                                   std::move(request_), self);
  if (!early_.empty()) connection_->Send(early_);
  early_.clear();
  if (close_requested_) connection_->CloseWrite();
}

void RemoteExchange::OnHead(ResponseHead head) {
  if (head.status == 401) {
    LogWarning("the agent does not accept the credential",
               {{"agent", transport_.endpoint_.url.Authority()}, {"reason", RefusalReason(head.headers)}});
  }
  sink_.OnHead(std::move(head));
}

void RemoteExchange::Resume() {
  if (connection_) connection_->Resume();
}

Flow RemoteExchange::Send(std::string_view bytes) {
  if (connection_) return connection_->Send(bytes);
  early_.append(bytes);
  return early_.size() > kHighWater ? Flow::Wait : Flow::Go;
}

void RemoteExchange::CloseWrite() {
  close_requested_ = true;
  if (connection_) connection_->CloseWrite();
}

size_t RemoteExchange::Unsent() const {
  return connection_ ? connection_->Unsent() : early_.size();
}

}  // namespace lookout
