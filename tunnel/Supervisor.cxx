// SPDX-License-Identifier: Apache-2.0
#include "tunnel/Supervisor.hxx"

#include <algorithm>
#include <utility>

#include "base/Log.hxx"
#include "tunnel/Limits.hxx"
#include "tunnel/Rejection.hxx"

namespace lookout {

namespace {

/** A controller may ask for patience, but not for ever. */
constexpr std::chrono::seconds kMaxRetryAfter{3600};
constexpr std::string_view kSupportedCompat = "1";

int64_t Seconds(Duration duration) {
  return std::chrono::round<std::chrono::seconds>(duration).count();
}

std::string_view AdviceFor(const SessionEnd &end) {
  if (end.rejection_code) return RejectionAdvice(*end.rejection_code);
  if (end.close.http_status == 404) {
    return "nothing answers the agents' path at this address: check DRYDOCK_URL, and that agents are enabled there";
  }
  if (end.no_hello) return "check PRIVATE_KEY_FILE (lookout check-config)";
  return "";
}

void ReportEnd(const ControllerUrl &url, const SessionEnd &end, LogLevel level, Duration delay) {
  const std::string_view what = end.ready_since ? "lost the controller" : "no session with the controller";
  const std::string http_status = end.close.http_status ? std::to_string(end.close.http_status) : "";
  const std::string code = end.rejection_code.value_or(http_status);
  const std::string_view advice = AdviceFor(end);
  // Most ends are a matter of the network, and the reason is all there is to say.
  if (code.empty() && advice.empty()) {
    Log(level, what, {{"url", url.ToString()}, {"reason", end.close.message}, {"retry_in_seconds", Seconds(delay)}});
    return;
  }
  Log(level, what,
      {{"url", url.ToString()},
       {"reason", end.close.message},
       {"code", code.empty() ? "-" : code},
       {"advice", advice.empty() ? "-" : advice},
       {"retry_in_seconds", Seconds(delay)}});
}

}  // namespace

Supervisor::Supervisor(EventLoop &loop, RequestHandler &handler, const SupervisorSettings &settings, Dialler dial,
                       HelloMaker make_hello, std::vector<SessionExtension *> extensions,
                       const std::function<double()> &random, Owner &owner)
    : loop_(loop),
      handler_(handler),
      settings_(settings),
      dial_(std::move(dial)),
      make_hello_(std::move(make_hello)),
      extensions_(std::move(extensions)),
      owner_(owner),
      next_attempt_(loop, [this] { Dial(); }),
      report_stopped_(loop, [this] { owner_.OnTunnelStopped(); }) {
  for (const auto &url : settings_.controllers) {
    controllers_.push_back(
        {url, Backoff(settings_.reconnect_delay, settings_.max_reconnect_delay, random), TimePoint::min()});
  }
}

Supervisor::~Supervisor() = default;

void Supervisor::Start() {
  ScheduleNext(0);
}

void Supervisor::Dial() {
  const ControllerUrl &url = controllers_[current_].url;
  ++status_.attempts;
  status_.controller = url.ToString();
  LogDebug("dialling the controller", {{"url", status_.controller}});
  Origin origin{Origin::Transport::Tunnel, status_.controller};
  origin.auth_method = "session";
  session_ = std::make_unique<Session>(
      loop_, handler_, settings_.session, std::move(origin),
      [this] { return make_hello_(loop_.GetClock().UnixSeconds() + status_.clock_offset); }, extensions_,
      static_cast<Session::Owner &>(*this));
  session_->Start([this, &url](TransportHandler &handler) { return dial_(url, handler); });
}

void Supervisor::OnSessionReady(const Welcome &welcome) {
  status_.connected = true;
  ++status_.sessions;
  LogInfo("connected to the controller", {{"url", status_.controller},
                                          {"controller_version", welcome.server_version},
                                          {"poll_interval", welcome.poll_interval.value_or(0)}});
  const auto &level = welcome.compat_level;
  if (!level.empty() && level.substr(0, level.find('.')) != kSupportedCompat) {
    LogWarning("the controller's interface level is not the one this agent was made for; parts may not work",
               {{"controller_level", level}});
  }
}

void Supervisor::OnSessionEnd(const SessionEnd &session_end) {
  const SessionEnd end = session_end;  // the session's own, which goes now
  past_.AddTotals(session_->Figures());
  session_.reset();
  status_.connected = false;
  if (stopping_) return report_stopped_.Schedule();
  Controller &controller = controllers_[current_];
  LearnClock(end);
  const bool was_ready = end.ready_since.has_value();
  if (was_ready && loop_.Now() - *end.ready_since >= limits::kStableSession) controller.backoff.Reset();
  controller.due = loop_.Now() + Conclude(controller, end);
  ++status_.waits;
  if (settings_.exit_on_reject && IsPersistent(end)) return owner_.OnRejectedForGood();
  ScheduleNext(was_ready ? 0 : current_ + 1);
}

void Supervisor::ScheduleNext(size_t first_choice) {
  // Of controllers that are due at the same time the first in order is taken, beginning at `first_choice`.
  const TimePoint now = loop_.Now();
  size_t best = first_choice % controllers_.size();
  for (size_t i = 1; i < controllers_.size(); ++i) {
    const size_t candidate = (first_choice + i) % controllers_.size();
    const auto due = std::max(controllers_[candidate].due, now);
    if (due < std::max(controllers_[best].due, now)) best = candidate;
  }
  current_ = best;
  next_attempt_.Arm(std::max(controllers_[best].due, now) - now);
}

TunnelFigures Supervisor::Figures() const {
  TunnelFigures figures = session_ ? session_->Figures() : TunnelFigures();
  figures.AddTotals(past_);
  return figures;
}

bool Supervisor::IsPersistent(const SessionEnd &end) const {
  if (end.rejection_code) return ClassifyRejection(*end.rejection_code) == RejectionKind::Persistent;
  return end.no_hello || end.close.http_status == 404;
}

void Supervisor::LearnClock(const SessionEnd &end) {
  if (!end.rejection_code || ClassifyRejection(*end.rejection_code) != RejectionKind::ClockSkew) return;
  if (!end.clock_offset || *end.clock_offset == status_.clock_offset) {
    LogError(
        "the controller finds this host's clock wrong, and its own time could not be learned (that needs verified TLS)",
        {{"controller_message", end.rejection_message}});
    return;
  }
  status_.clock_offset = *end.clock_offset;
  LogWarning("this host's clock is wrong; signing with the controller's time from now on",
             {{"clock_offset_seconds", status_.clock_offset}});
}

Duration Supervisor::Conclude(Controller &controller, const SessionEnd &end) {
  const bool persistent = IsPersistent(end);
  Duration delay = persistent ? controller.backoff.Spread(settings_.reject_retry_delay) : controller.backoff.Next();
  if (end.close.retry_after && *end.close.retry_after > 0) {
    const Duration asked = std::min<Duration>(std::chrono::seconds(*end.close.retry_after), kMaxRetryAfter);
    // Spread upwards only: earlier than asked would be refused again.
    delay = std::max(delay, asked + (controller.backoff.Spread(asked) - asked * 3 / 4) / 4);
  }
  ReportEnd(controller.url, end, persistent ? LogLevel::Error : LogLevel::Warning, delay);
  return delay;
}

void Supervisor::RetryNow() {
  if (session_ || stopping_) return;
  for (auto &controller : controllers_) controller.due = TimePoint::min();
  ScheduleNext(0);
}

void Supervisor::Shutdown() {
  if (stopping_) return;
  stopping_ = true;
  next_attempt_.Cancel();
  if (session_) {
    session_->Shutdown();
  } else {
    report_stopped_.Schedule();
  }
}

}  // namespace lookout
