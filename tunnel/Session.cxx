// SPDX-License-Identifier: Apache-2.0
#include "tunnel/Session.hxx"

#include <fmt/core.h>

#include <algorithm>
#include <cassert>

#include "base/Log.hxx"
#include "base/Strings.hxx"
#include "tunnel/FrameWriter.hxx"
#include "tunnel/Limits.hxx"

namespace lookout {

namespace {

constexpr uint16_t kCloseNormal = 1000;
/** The peer may be slow, but it is dead when it says nothing for twice a heartbeat, and never in under a minute. */
constexpr std::chrono::seconds kMinReadDeadline{60};

}  // namespace

Session::Session(EventLoop &loop, RequestHandler &handler, const SessionSettings &settings, Origin origin,
                 HelloMaker make_hello, std::vector<SessionExtension *> extensions, Owner &owner)
    : loop_(loop),
      handler_(handler),
      settings_(settings),
      origin_(std::move(origin)),
      make_hello_(std::move(make_hello)),
      owner_(owner),
      silence_(loop, [this] { OnSilence(); }),
      heartbeat_(loop, [this] { OnHeartbeat(); }),
      write_stall_(loop, [this] { OnWriteStall(); }),
      shutdown_(loop, [this] { End(CloseInfo::Phase::Open, "shutdown took too long"); }),
      report_end_(loop, [this] { owner_.OnSessionEnd(end_); }),
      queue_(loop, settings.max_buffered, [this] { RequestWrite(); }),
      extensions_(queue_, std::move(extensions)) {}

Session::~Session() = default;

void Session::Start(const Dialler &dial) {
  transport_ = dial(*this);
}

void Session::OnOpen(const UpgradeInfo &info) {
  if (state_ != State::Dialling) return;
  if (info.verified_date) end_.clock_offset = *info.verified_date - loop_.GetClock().UnixSeconds();
  auto hello = make_hello_();
  if (!hello) {
    end_.no_hello = true;
    return End(CloseInfo::Phase::Open, hello.error().message);
  }
  state_ = State::AwaitingWelcome;
  hello_ = std::move(*hello);
  silence_.Arm(settings_.welcome_timeout);
  RequestWrite();
}

void Session::OnMessage(std::string_view message) {
  if (state_ != State::AwaitingWelcome && state_ != State::Ready) return;
  received_.Count(message.size());
  LogDebug("frame received", {{"bytes", message.size()}});
  auto frame = ParseFrame(message);
  if (state_ == State::AwaitingWelcome) return OnFirstFrame(frame);
  if (frame) {
    OnFrame(*frame);
  } else {
    LogWarning("ignored a malformed frame from the controller",
               {{"type", frame.error().type}, {"problem", frame.error().message}, {"bytes", message.size()}});
    tasks_->OnBrokenFrame(frame.error());
  }
  LimitFlood();
}

void Session::OnFirstFrame(const tl::expected<Frame, FrameError> &frame) {
  if (!frame) {
    End(CloseInfo::Phase::Open, fmt::format("the controller's first frame cannot be read: {}", frame.error().message));
  } else if (const auto *const welcome = std::get_if<WelcomeFrame>(&*frame)) {
    OnWelcome(*welcome);
  } else if (const auto *const error = std::get_if<ErrorFrame>(&*frame)) {
    end_.rejection_code = error->code;
    end_.rejection_message = error->message;
    End(CloseInfo::Phase::Open, fmt::format("the controller refused this agent: {}", Printable(error->message)));
  } else {
    End(CloseInfo::Phase::Open, "the controller's first frame was neither welcome nor error");
  }
}

void Session::OnWelcome(const WelcomeFrame &frame) {
  if (!frame.problem.empty()) {
    LogWarning("part of the controller's welcome could not be read; going on with defaults",
               {{"problem", frame.problem}});
  }
  state_ = State::Ready;
  end_.ready_since = loop_.Now();
  tasks_.emplace(loop_, handler_, queue_,
                 TaskManager::Settings{origin_, frame.accepts_base64_bodies, settings_.drydock_frames,
                                       settings_.on_container_removed});
  heartbeat_.Arm(settings_.heartbeat);
  OnActivity();
  owner_.OnSessionReady(frame.welcome);
  extensions_.Begin(frame.welcome);
}

void Session::OnFrame(Frame &frame) {
  if (tasks_->OnFrame(frame)) return;
  if (const auto *const ping = std::get_if<PingFrame>(&frame)) {
    queue_.PushControl(MakePong(ping->timestamp));
  } else if (const auto *const error = std::get_if<ErrorFrame>(&frame)) {
    OnErrorFrame(*error);
  } else if (const auto *const unknown = std::get_if<UnknownFrame>(&frame)) {
    LogDebug("ignored a frame of unknown type", {{"type", unknown->type}});
  }
}

void Session::OnErrorFrame(const ErrorFrame &frame) {
  LogWarning("the controller reports an error",
             {{"message", frame.message}, {"code", frame.code}, {"request_id", frame.request_id}});
  // Without a request it concerns the session, and the connection is about to be closed: remember why.
  if (!frame.request_id.empty() || frame.code.empty()) return;
  end_.rejection_code = frame.code;
  end_.rejection_message = frame.message;
}

void Session::OnActivity() {
  if (state_ == State::Ready) silence_.Arm(std::max<Duration>(2 * settings_.heartbeat, kMinReadDeadline));
}

void Session::OnSilence() {
  if (state_ == State::AwaitingWelcome) return End(CloseInfo::Phase::Open, "the controller sent no welcome in time");
  // Nobody is heard who is not listened to. Whether that peer is alive, its reading tells.
  if (reading_paused_) return OnActivity();
  End(CloseInfo::Phase::Open, "the controller has been silent for too long");
}

void Session::OnHeartbeat() {
  queue_.PushControl(MakePing(loop_.GetClock().UnixMillis()));
  heartbeat_.Arm(settings_.heartbeat);
}

void Session::RequestWrite() {
  if (!transport_ || (state_ != State::AwaitingWelcome && state_ != State::Ready && state_ != State::Closing)) return;
  if (!write_stall_.IsArmed()) write_stall_.Arm(settings_.write_stall_timeout);
  transport_->RequestWrite();
}

std::optional<std::string> Session::NextMessage() {
  auto message = TakeMessage();
  if (message) sent_.Count(message->size());
  return message;
}

std::optional<std::string> Session::TakeMessage() {
  if (state_ == State::Ended) return std::nullopt;
  if (hello_) return std::exchange(hello_, std::nullopt);
  assert(state_ == State::Ready || state_ == State::Closing || queue_.IsEmpty());
  auto message = queue_.Pop();
  if (reading_paused_ && queue_.IsCalm()) {
    reading_paused_ = false;
    OnActivity();
    transport_->PauseReading(false);
  }
  return message;
}

void Session::OnDrained() {
  write_stall_.Cancel();
  if (state_ == State::Closing) transport_->Close(kCloseNormal, "shutdown");
}

TunnelFigures Session::Figures() const {
  TunnelFigures figures;
  figures.received = received_;
  figures.sent = sent_;
  figures.stream_waits = queue_.Waits();
  figures.waiting_streams = queue_.Waiting();
  figures.buffered_bytes = queue_.TotalBytes();
  if (tasks_) tasks_->AddFigures(figures);
  return figures;
}

void Session::OnProgress() {
  if (write_stall_.IsArmed()) write_stall_.Arm(settings_.write_stall_timeout);
}

void Session::OnWriteStall() {
  End(CloseInfo::Phase::Open,
      fmt::format("the controller took no data for {} s (WRITE_STALL_TIMEOUT), and {} bytes wait behind that",
                  std::chrono::duration_cast<std::chrono::seconds>(settings_.write_stall_timeout).count(),
                  queue_.TotalBytes()));
}

void Session::LimitFlood() {
  if (reading_paused_ || !queue_.IsFlooded()) return;
  LogWarning("the controller asks faster than it reads the answers; reading from it pauses",
             {{"unsent_bytes", queue_.TotalBytes()}});
  reading_paused_ = true;
  transport_->PauseReading(true);
}

void Session::Shutdown() {
  if (state_ == State::Ended || state_ == State::Closing) return;
  if (state_ != State::Ready) return End(CloseInfo::Phase::Open, "shutdown");
  LogDebug("ending the session", {{"tasks", tasks_->Count()}});
  extensions_.End();
  tasks_->EndAll("agent is shutting down");
  heartbeat_.Cancel();
  silence_.Cancel();
  state_ = State::Closing;
  shutdown_.Arm(limits::kShutdownGrace);
  // Also when nothing is left to send: the close frame goes out from the transport's next chance to write.
  transport_->RequestWrite();
}

void Session::OnClosed(const CloseInfo &info) {
  if (state_ == State::Ended) return;
  End(info.phase, info.message);
  end_.close = info;
}

void Session::End(CloseInfo::Phase phase, std::string message) {
  if (state_ == State::Ended) return;
  state_ = State::Ended;
  end_.close.phase = phase;
  end_.close.message = std::move(message);
  for (Timer *const timer : {&silence_, &heartbeat_, &write_stall_, &shutdown_}) timer->Cancel();
  extensions_.End();
  report_end_.Schedule();
}

}  // namespace lookout
