// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/SessionPlay.hxx"

#include <array>

#include "base/Log.hxx"
#include "tests/fuzz/Require.hxx"
#include "tunnel/Limits.hxx"

namespace lookout {

namespace {

constexpr std::string_view kHello = R"({"type":"hello","data":{}})";
constexpr std::string_view kWelcome =
    R"({"type":"welcome","data":{"config":{"capabilities":"edge-response-body-b64"}}})";
constexpr std::string_view kPlainWelcome = R"({"type":"welcome","data":{}})";
constexpr std::string_view kRefusal = R"({"type":"error","data":{"message":"no","code":"bad_token"}})";
constexpr std::array<size_t, 4> kMemory = {16 * limits::kKiB, 256 * limits::kKiB, limits::kMiB, 32 * limits::kMiB};
constexpr std::array<int, 6> kMillis = {1, 25, 120, 2500, 21'000, 61'000};
/** What one step of the engine can put into one stream, encoded, and that again for a step after Wait. */
constexpr size_t kLaneSurplus = 2 * 200 * limits::kKiB;

}  // namespace

SessionPlay::SessionPlay(ByteScript script)
    : script_(script), audit_(loop_, "", 0), dispatcher_(loop_, no_routes_, no_routes_, engine_.Handler(), audit_) {
  ConfigureLog(LogLevel::Error, LogFormat::Text);
  settings_.max_buffered = script_.Of(kMemory);
  settings_.drydock_frames = script_.Below(8) != 7;
}

void SessionPlay::Run() {
  while (!script_.IsEmpty()) {
    if (!session_) Connect();
    Step();
    Settle();
    if (is_writable_) Take(1000);
    CheckBounds();
    if (ends_ > 0) Disconnect();
  }
  if (session_) Finish();
}

void SessionPlay::Connect() {
  frames_.BeginConnection();
  is_writable_ = true;
  was_welcomed_ = false;
  taken_ = 0;
  ledger_.emplace(engine_, settings_.drydock_frames);
  joiner_.emplace(limits::kMaxMessage);
  session_.emplace(
      loop_, dispatcher_, settings_, Origin{Origin::Transport::Tunnel, "wss://hub"},
      [this]() -> Result<std::string> {
        if (script_.Below(64) == 63) return Fail("no key");
        return std::string(kHello);
      },
      std::vector<SessionExtension *>{this}, static_cast<Session::Owner &>(*this));
  session_->Start([this](TransportHandler &handler) {
    controller_side_ = &handler;
    auto made = std::make_unique<MemoryTransport>(handler);
    transport_ = made.get();
    return made;
  });
  // Most plays are about what comes later.
  const size_t beginning = script_.Below(8);
  if (beginning > 0) controller_side_->OnOpen({});
  if (beginning > 1) Take(1);
  if (beginning > 2) Deliver(beginning > 4 ? kWelcome : kPlainWelcome);
}

void SessionPlay::Disconnect() {
  Require(ends_ == 1, "a session ends once");
  session_.reset();
  ledger_.reset();
  Require(sender_ == nullptr, "extensions are told of the end");
  Require(engine_.OpenCalls() == 0, "no work outlives its connection");
  ends_ = 0;
}

void SessionPlay::OnSessionReady(FrameSender &sender, const Welcome &) {
  Require(sender_ == nullptr, "a session is ready once");
  sender_ = &sender;
  extension_waits_ = false;
}

void SessionPlay::Step() {
  switch (script_.Below(8)) {
    case 0:
    case 1:
    case 2: return DeliverInPieces(frames_.Make(script_));
    case 3:
    case 4:
    case 5: return engine_.Act(script_);
    case 6: return ControllerStep();
    default: return TimeStep();
  }
}

void SessionPlay::ControllerStep() {
  switch (script_.Below(16)) {
    case 0: return controller_side_->OnOpen({});
    case 1: return Deliver(script_.Flag() ? kWelcome : kRefusal);
    case 2: return session_->Shutdown();
    case 3: return controller_side_->OnClosed({CloseInfo::Phase::Open, 0, {}, 1006, "cut"});
    case 4: return Take(1 + script_.Below(4));
    case 5:
    case 6:
    case 7:
    case 8:
    case 9:
    case 10: is_writable_ = false; return;
    case 11:
      if (sender_ == nullptr || extension_waits_) return;
      extension_waits_ = sender_->SendFrame("x:extension", "\"" + std::string(50'000, 'x') + "\"") == Flow::Wait;
      return;
    default: is_writable_ = true;
  }
}

void SessionPlay::TimeStep() {
  const int millis = script_.Of(kMillis);
  // A peer that lives says something within a minute.
  if (script_.Below(4) != 3) controller_side_->OnActivity();
  Advance(std::chrono::milliseconds(millis));
}

void SessionPlay::DeliverInPieces(std::string_view message) {
  if (message.empty()) return;
  const size_t cut = script_.Below(256) * message.size() / 256;
  if (cut > 0) Require(!joiner_->Add(message.substr(0, cut), false), "a message is not whole before its last piece");
  const auto whole = joiner_->Add(message.substr(cut), true);
  Require(whole.has_value(), "a message is whole with its last piece");
  Deliver(*whole);
}

void SessionPlay::Deliver(std::string_view message) {
  if (transport_->reading_paused || ends_ > 0) return;
  if (session_->IsReady()) ledger_->OnDelivered(message);
  controller_side_->OnActivity();
  controller_side_->OnMessage(message);
  was_welcomed_ = was_welcomed_ || session_->IsReady();
}

void SessionPlay::Advance(Duration step) {
  clock_.Advance(step);
  Settle();
}

void SessionPlay::Settle() {
  for (int i = 0; i < 3; ++i) {
    loop_.Dispatch();
    loop_.RunDeferred();
  }
}

void SessionPlay::Take(size_t count) {
  while (count-- > 0 && transport_->write_requested && ends_ == 0) {
    const auto message = controller_side_->NextMessage();
    if (!message) {
      transport_->write_requested = false;
      controller_side_->OnDrained();
      break;
    }
    controller_side_->OnProgress();
    if (taken_++ == 0) {
      Require(*message == kHello, "the hello comes first");
    } else {
      Require(was_welcomed_, "nothing but the hello is sent before the welcome");
      ledger_->OnSent(*message);
    }
    Settle();
  }
  if (transport_->close_code == 0 || ends_ > 0) return;
  ledger_->RequireSettled();
  controller_side_->OnClosed({CloseInfo::Phase::Open, 0, {}, 0, "closed"});
  Settle();
}

void SessionPlay::CheckBounds() const {
  const auto figures = session_->Figures();
  const size_t lanes = figures.streams.active + figures.execs.active + figures.log_streams.active + 2;
  Require(figures.requests.active <= limits::kMaxRequests && figures.streams.active <= limits::kMaxStreams &&
              figures.calls.active <= limits::kMaxCalls && figures.execs.active <= limits::kMaxExecSessions &&
              figures.log_streams.active <= limits::kMaxLogStreams,
          "work is limited");
  Require(figures.buffered_bytes <= 3 * settings_.max_buffered + limits::kMaxControlBytes + lanes * kLaneSurplus,
          "what waits is limited");
}

bool SessionPlay::IsQuiet() const {
  const auto figures = session_->Figures();
  const auto kinds = figures.TasksByKind();
  const bool is_idle =
      std::all_of(kinds.begin(), kinds.end(), [](const auto &kind) { return kind.second.active == 0; });
  return is_idle && figures.buffered_bytes == 0 && !transport_->write_requested;
}

/** Everybody does what is expected of him: then everything that was asked for has its end, and nothing is left. */
void SessionPlay::Finish() {
  is_writable_ = true;
  for (int round = 0; round < 400 && session_->IsReady() && ends_ == 0; ++round) {
    controller_side_->OnActivity();
    Take(100'000);
    if (ends_ > 0) break;
    if (engine_.AnswerAll()) {
      Settle();
      continue;
    }
    ledger_->RequireInputArrived();
    if (!engine_.EndAll() && IsQuiet()) break;
    Advance(std::chrono::milliseconds(120));
  }
  if (session_->IsReady() && ends_ == 0) {
    ledger_->RequireSettled();
    Require(IsQuiet(), "no task and no counted memory remains");
    Require(!transport_->reading_paused, "reading goes on once all has been taken");
  }
  if (ends_ > 0) return Disconnect();
  // A Supervisor that is told to stop drops the connection as it is.
  session_.reset();
  Require(engine_.OpenCalls() == 0, "no work outlives its connection");
}

}  // namespace lookout
