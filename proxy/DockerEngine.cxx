// SPDX-License-Identifier: Apache-2.0
#include "proxy/DockerEngine.hxx"

#include <algorithm>

#include "base/JsonValue.hxx"
#include "base/Log.hxx"
#include "proxy/AnswerObserver.hxx"
#include "proxy/TargetQuery.hxx"

namespace lookout {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto kFirstRetry = milliseconds(500);
constexpr auto kLongestRetry = seconds(10);
constexpr auto kUpInterval = seconds(30);
/** Between two questions, however many requests break. */
constexpr auto kShortestGap = milliseconds(500);
constexpr Deadlines kProbeDeadlines = {seconds(5), seconds(10), {}};
constexpr size_t kMaxVersionBody = 256UL * 1024;

/** Of an error body, for the engine's words on API versions. */
constexpr size_t kMaxErrorStart = 512;

bool IsApiVersion(std::string_view text) {
  return text.size() <= 16 && StripApiVersion("/v" + std::string(text) + "/") == "/";
}

std::string OneLine(const JsonValue &value) {
  return value.AsString().substr(0, 128);
}

DockerEngine::Info ReadInfo(const DockerReply &reply) {
  DockerEngine::Info info;
  if (reply.status != 200) return info;
  const auto json = ParseJson(reply.body, {.levels = 1});
  if (!json) return info;
  if (!(*json)["Version"].AsString().empty()) info.version = OneLine((*json)["Version"]);
  if (IsApiVersion((*json)["ApiVersion"].AsString())) info.api_version = (*json)["ApiVersion"].AsString();
  info.os = OneLine((*json)["Os"]);
  info.arch = OneLine((*json)["Arch"]);
  return info;
}

}  // namespace

/** Learns from the answers that pass by. */
class DockerEngine::Watcher final : public AnswerObserver {
 public:
  Watcher(DockerEngine &engine, bool versioned) : engine_(engine), versioned_(versioned) {}

  void OnHead(ResponseHead &head) override {
    watches_body_ = versioned_ && head.status == 400;
    if (!engine_.up_ && head.status < 500) engine_.Suspect();
  }

  void OnData(std::string_view bytes) override {
    if (!watches_body_) return;
    start_ += bytes.substr(0, kMaxErrorStart - start_.size());
    // "client version 1.44 is too new" (or too old): another engine answers than the one that was asked.
    if (start_.find("client version") != std::string::npos) engine_.Suspect();
    watches_body_ = start_.size() < kMaxErrorStart;
  }

  void OnFailure(const Failure &failure) override {
    if (failure.kind == Failure::Kind::Unreachable || failure.kind == Failure::Kind::Broken) engine_.Suspect();
  }

 private:
  DockerEngine &engine_;
  const bool versioned_;
  bool watches_body_ = false;
  std::string start_;
};

DockerEngine::DockerEngine(EventLoop &loop, RequestHandler &transport)
    : loop_(loop), transport_(transport), timer_(loop, [this] { Probe(); }) {}

DockerEngine::~DockerEngine() = default;

void DockerEngine::Start() {
  started_ = true;
  Probe();
}

void DockerEngine::Recheck() {
  announce_ = true;
  Suspect();
}

void DockerEngine::Suspect() {
  if (!started_) return;
  if (probe_) {
    again_ = true;
  } else {
    const Duration gap = probed_at_ + kShortestGap - loop_.Now();
    timer_.Arm(std::max(gap, Duration::zero()));
  }
}

void DockerEngine::Probe() {
  timer_.Cancel();
  again_ = false;
  Request request = MakeAgentRequest("GET", "/version");
  request.deadlines = kProbeDeadlines;
  probe_ = std::make_unique<DockerCall>(loop_, transport_, std::move(request), kMaxVersionBody,
                                        [this](const DockerCall::Outcome &outcome) { OnProbed(outcome); });
}

void DockerEngine::OnProbed(const DockerCall::Outcome &outcome) {
  probe_.reset();
  probed_at_ = loop_.Now();
  if (outcome.reply && outcome.reply->status < 500) {
    SetUp(*outcome.reply);
  } else if (outcome.reply) {
    SetDown(DescribeDockerError("docker version", *outcome.reply));
  } else {
    SetDown(outcome.failure->message);
  }
  if (again_) {
    again_ = false;
    timer_.Arm(kShortestGap);
  }
}

void DockerEngine::SetUp(const DockerReply &reply) {
  const Info info = ReadInfo(reply);
  const bool answers_recheck = announce_ && !again_;
  const bool tell = !up_ || answers_recheck || !(info == info_);
  up_ = true;
  if (answers_recheck) announce_ = false;
  down_reason_.clear();
  info_ = info;
  retry_ = {};
  timer_.Arm(kUpInterval);
  if (tell) Tell();
}

void DockerEngine::SetDown(std::string reason) {
  const bool tell = up_ || !told_;
  up_ = false;
  down_reason_ = std::move(reason);
  retry_ = retry_ == Duration::zero() ? Duration(kFirstRetry) : std::min<Duration>(retry_ * 2, kLongestRetry);
  timer_.Arm(retry_);
  if (tell) Tell();
}

void DockerEngine::Tell() {
  told_ = true;
  LogDebug("docker engine", {{"up", up_ ? "yes" : "no"}, {"version", info_.version}, {"reason", down_reason_}});
  const bool up = up_;
  const auto listeners = listeners_;
  for (Listener *const listener : listeners) {
    const bool still_there = std::find(listeners_.begin(), listeners_.end(), listener) != listeners_.end();
    if (still_there) listener->OnEngineChanged(up);
  }
}

bool DockerEngine::AddVersion(Request &request) const {
  if (request.origin.transport == Origin::Transport::Listener) return false;
  std::string &target = request.head.target;
  const auto path = std::string_view(target).substr(0, target.find('?'));
  const bool has_one = StripApiVersion(path).size() != path.size();
  if (info_.api_version.empty() || has_one || path == "/_ping" || path == "/version") return false;
  target.insert(0, "/v" + info_.api_version);
  return true;
}

std::unique_ptr<Exchange> DockerEngine::Handle(Request &&request, ResponseSink &sink) {
  const bool versioned = AddVersion(request);
  return HandleObserved(transport_, std::move(request), sink, std::make_unique<Watcher>(*this, versioned));
}

std::unique_ptr<Duplex> DockerEngine::Open(Request &&request, DuplexSink &sink) {
  const bool versioned = AddVersion(request);
  return OpenObserved(transport_, std::move(request), sink, std::make_unique<Watcher>(*this, versioned));
}

}  // namespace lookout
