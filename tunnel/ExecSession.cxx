// SPDX-License-Identifier: Apache-2.0
#include "tunnel/ExecSession.hxx"

#include <fmt/core.h>

#include "base/JsonValue.hxx"
#include "tunnel/AnswerFrames.hxx"
#include "tunnel/Limits.hxx"

namespace lookout {

namespace {

constexpr size_t kMaxCreateReply = 64 * limits::kKiB;
constexpr size_t kMaxInspectReply = limits::kMiB;
/** For the process to take what it was sent, and to end, after the controller has let go. */
constexpr std::chrono::seconds kClosePatience{2};
/** A process may close its output a moment before it is gone. */
constexpr std::chrono::milliseconds kExitCodeInterval{100};
constexpr int kExitCodeTries = 5;
/** How often a terminal is looked at whether it has taken its last input. */
constexpr std::chrono::milliseconds kDrainInterval{20};
constexpr Deadlines kResizeDeadlines{.total = std::chrono::seconds(2)};
/** The same when it has not even started, or does not read. */
constexpr std::chrono::seconds kStartPatience{10};
/** Pieces of input and sizes that may wait; small pieces that follow each other are joined. */
constexpr size_t kMaxItems = 16 * limits::kKiB;

std::string MakeCreateBody(const ExecStartFrame &frame) {
  JsonWriter json;
  json.BeginObject();
  json.Key("AttachStdin").Bool(true).Key("AttachStdout").Bool(true).Key("AttachStderr").Bool(true);
  json.Key("Tty").Bool(frame.tty).Key("Cmd").BeginArray();
  for (const auto &word : frame.command) json.String(word);
  json.End().OptionalMember("User", frame.user);
  return json.End().Take();
}

}  // namespace

ExecSession::ExecSession(const TaskContext &context, ExecStartFrame frame)
    : context_(context),
      frame_(std::move(frame)),
      frames_("exec_output", "execId", frame_.exec_id),
      lane_(context_.queue, limits::kLaneBudget,
            [this] {
              if (duplex_) duplex_->Resume();
            }),
      input_memory_(context_.queue),
      patience_(context_.loop, [this] { Finish("closed"); }),
      exit_code_timer_(context_.loop, [this] { AskForExitCode(); }),
      drain_timer_(context_.loop, [this] { CloseWhenDrained(); }) {
  Request request =
      MakeAgentRequest("POST", fmt::format("/containers/{}/exec", frame_.container_id), MakeCreateBody(frame_));
  request.origin = context_.origin;
  request.id = frame_.exec_id;
  request.audit = {"exec_start", frame_.container_id, frame_.exec_id};
  call_ = std::make_unique<DockerCall>(context_.loop, context_.handler, std::move(request), kMaxCreateReply,
                                       [this](const DockerCall::Outcome &outcome) { OnCreated(outcome); });
}

void ExecSession::OnCreated(const DockerCall::Outcome &outcome) {
  if (state_ != State::Creating) return;
  constexpr std::string_view kAction = "create exec";
  if (!outcome.reply) return Finish("create exec failed: " + DescribeFailure(kAction, *outcome.failure));
  if (outcome.reply->status != 201) {
    return Finish("create exec failed: " + DescribeDockerError(kAction, *outcome.reply));
  }
  const auto reply = ParseJson(outcome.reply->body);
  const std::string id = reply ? (*reply)["Id"].AsString() : "";
  if (!IsValidContainerRef(id)) return Finish("create exec failed: the engine's answer holds no exec id");
  Start(id);
}

void ExecSession::Start(const std::string &docker_id) {
  state_ = State::Starting;
  docker_id_ = docker_id;
  JsonWriter body;
  body.BeginObject().Key("Detach").Bool(false).Key("Tty").Bool(frame_.tty).End();
  Request request = MakeAgentRequest("POST", fmt::format("/exec/{}/start", docker_id_), body.Take());
  request.head.headers.Set("Connection", "Upgrade");
  request.head.headers.Set("Upgrade", "tcp");
  request.origin = context_.origin;
  duplex_ = context_.handler.Open(std::move(request), *this);
}

void ExecSession::OnHead(ResponseHead head) {
  if (state_ != State::Starting) return;
  start_status_ = head.status;
  if (start_status_ != 101) return;
  state_ = State::Live;
  FrameWriter ready("exec_ready");
  ready.Data().Member("execId", Id());
  context_.queue.PushControl(ready.Finish());
  if (frame_.cols > 0 && frame_.rows > 0) input_.push_front(Size{frame_.cols, frame_.rows});
  Pump();
}

Flow ExecSession::OnData(std::string_view bytes) {
  if (state_ == State::Starting) {
    error_body_ += bytes.substr(0, limits::kMaxErrorBody - std::min(error_body_.size(), limits::kMaxErrorBody));
    return Flow::Go;
  }
  Flow flow = Flow::Go;
  if (state_ == State::Finished || ending_) return flow;
  while (!bytes.empty()) {
    flow = lane_.Push(frames_.Make(bytes.substr(0, limits::kExecChunk)));
    bytes.remove_prefix(std::min(bytes.size(), limits::kExecChunk));
  }
  return flow;
}

void ExecSession::OnEnd() {
  if (state_ == State::Finished) return;
  if (state_ == State::Starting) {
    const std::string text = ExtractDockerMessage(error_body_);
    return Finish(fmt::format("start exec failed: expected 101 Switching Protocols, got {}{}{}", start_status_,
                              text.empty() ? "" : ": ", text));
  }
  if (ending_) return Finish("closed");
  state_ = State::Closing;
  AskForExitCode();
}

void ExecSession::OnError(Failure failure) {
  Finish(state_ == State::Starting ? "start exec failed: " + failure.message : failure.message);
}

void ExecSession::OnDrained() {
  full_ = false;
  Pump();
}

void ExecSession::Input(std::string bytes) {
  if (bytes.empty() || ending_ || state_ == State::Closing || state_ == State::Finished) return;
  const size_t waiting = input_memory_.Size() + bytes.size();
  if (waiting > limits::kMaxExecInput || input_.size() >= kMaxItems) {
    return Finish(fmt::format("input refused: the process does not read, and {} MiB of input are waiting for it",
                              limits::kMaxExecInput / limits::kMiB));
  }
  if (!input_memory_.GrowTo(waiting)) {
    return Finish("input refused: the agent has no memory left for it (MAX_BUFFERED_BYTES)");
  }
  auto *const last = input_.empty() ? nullptr : std::get_if<std::string>(&input_.back());
  if (last != nullptr && last->size() < Duplex::kHighWater) {
    *last += bytes;
  } else {
    input_.emplace_back(std::move(bytes));
  }
  Pump();
}

void ExecSession::Resize(int64_t cols, int64_t rows) {
  if (ending_ || cols <= 0 || rows <= 0 || input_.size() >= kMaxItems) return;
  // Of sizes that follow each other only the last one matters, which also bounds the queue.
  if (!input_.empty() && std::holds_alternative<Size>(input_.back())) input_.pop_back();
  input_.emplace_back(Size{cols, rows});
  Pump();
}

void ExecSession::Pump() {
  if (state_ != State::Live) return;
  while (!input_.empty() && !full_ && !resize_) {
    if (const auto *const size = std::get_if<Size>(&input_.front())) {
      SendResize(*size);
      input_.pop_front();
    } else {
      SendPiece(std::get<std::string>(input_.front()));
    }
  }
  CloseWhenDrained();
}

void ExecSession::SendPiece(const std::string &bytes) {
  const auto piece = std::string_view(bytes).substr(input_offset_, Duplex::kHighWater);
  full_ = duplex_->Send(piece) == Flow::Wait;
  input_offset_ += piece.size();
  input_memory_.Shrink(piece.size());
  if (input_offset_ < bytes.size()) return;
  input_offset_ = 0;
  input_.pop_front();
}

void ExecSession::SendResize(Size size) {
  Request request =
      MakeAgentRequest("POST", fmt::format("/exec/{}/resize?h={}&w={}", docker_id_, size.rows, size.cols));
  request.deadlines = kResizeDeadlines;
  resize_ = std::make_unique<DockerCall>(context_.loop, context_.handler, std::move(request), kMaxCreateReply,
                                         [this](const DockerCall::Outcome &) {
                                           // A terminal of the wrong size is no reason to end the session.
                                           resize_.reset();
                                           Pump();
                                         });
}

void ExecSession::EndByController() {
  if (ending_ || state_ == State::Finished) return;
  ending_ = true;
  lane_.Clear();
  if (state_ != State::Live && input_.empty()) return Finish("closed");
  patience_.Arm(kStartPatience);
  CloseWhenDrained();
}

void ExecSession::CloseWhenDrained() {
  if (!ending_ || state_ != State::Live || !input_.empty() || resize_ || full_) return;
  const bool sent = duplex_->Unsent() == 0;
  if (frame_.tty) {
    // A terminal knows no end of input, so there is nothing more to wait for; and nobody says when little is left.
    return sent ? Finish("closed") : drain_timer_.Arm(kDrainInterval);
  }
  state_ = State::Closing;
  duplex_->CloseWrite();
  patience_.Arm(sent ? kClosePatience : kStartPatience);
}

void ExecSession::AskForExitCode() {
  Request request = MakeAgentRequest("GET", fmt::format("/exec/{}/json", docker_id_));
  call_ = std::make_unique<DockerCall>(context_.loop, context_.handler, std::move(request), kMaxInspectReply,
                                       [this](const DockerCall::Outcome &outcome) { OnExitCode(outcome); });
}

void ExecSession::OnExitCode(const DockerCall::Outcome &outcome) {
  const auto reply = outcome.reply ? ParseJson(outcome.reply->body) : Fail("no answer");
  if (!reply || outcome.reply->status != 200) return Finish("exited");
  if ((*reply)["Running"].AsBool().value_or(false) && ++exit_code_tries_ < kExitCodeTries) {
    return exit_code_timer_.Arm(kExitCodeInterval);
  }
  const int64_t code = (*reply)["ExitCode"].AsInt().value_or(0);
  Finish(code == 0 ? "exited" : fmt::format("exited with code {}", code));
}

void ExecSession::Abort(std::string_view reason) {
  Finish(reason);
}

void ExecSession::Finish(std::string_view reason) {
  if (state_ == State::Finished) return;
  state_ = State::Finished;
  input_.clear();
  input_memory_.Release();
  patience_.Cancel();
  exit_code_timer_.Cancel();
  drain_timer_.Cancel();
  lane_.Push(MakeExecEnd(Id(), reason));
  context_.owner.OnTaskFinished(*this);
}

}  // namespace lookout
