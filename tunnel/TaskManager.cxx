// SPDX-License-Identifier: Apache-2.0
#include "tunnel/TaskManager.hxx"

#include <fmt/core.h>

#include <algorithm>
#include <cassert>

#include "base/Log.hxx"
#include "base/Strings.hxx"
#include "proxy/DockerCall.hxx"
#include "proxy/StreamingRule.hxx"
#include "tunnel/AnswerFrames.hxx"
#include "tunnel/ContainerRemoval.hxx"
#include "tunnel/ExecSession.hxx"
#include "tunnel/FrameWriter.hxx"
#include "tunnel/Limits.hxx"
#include "tunnel/LogSnapshot.hxx"
#include "tunnel/LogStream.hxx"
#include "tunnel/TunnelRequest.hxx"

namespace lookout {

namespace {

constexpr std::string_view kBusyRequests = "agent busy: too many concurrent requests";
constexpr std::string_view kBusyStreams = "agent busy: too many concurrent streams";
constexpr std::string_view kBusyCalls = "agent busy: too many concurrent log and delete calls";
constexpr std::string_view kNoRoomForBody =
    "agent busy: no memory left for the body of this request (MAX_BUFFERED_BYTES); ask again later";
constexpr std::string_view kShuttingDown = "agent is shutting down";

template <typename Task>
void Keep(std::map<TunnelTask *, std::unique_ptr<Task>> &table, std::unique_ptr<Task> task, TaskFigures &figures) {
  TunnelTask *const key = task.get();
  table.emplace(key, std::move(task));
  ++figures.begun;
}

template <typename Table, typename Matches>
auto FindTask(Table &table, Matches matches) {
  const auto found = std::find_if(table.begin(), table.end(), [&](auto &entry) { return matches(*entry.second); });
  return found == table.end() ? nullptr : found->second.get();
}

/** Moves a task out of its table; true when it was there. */
template <typename Table>
bool TakeOut(Table &table, TunnelTask &task, std::vector<std::unique_ptr<TunnelTask>> &to) {
  const auto found = table.find(&task);
  if (found == table.end()) return false;
  to.push_back(std::move(found->second));
  table.erase(found);
  return true;
}

template <typename Table>
void AbortAll(Table &table, std::string_view reason) {
  // Each abort takes its task out of the table.
  while (!table.empty()) table.begin()->first->Abort(reason);
}

std::string InvalidContainer(std::string_view action, const std::string &reference) {
  return fmt::format("{}: invalid container id/name: \"{}\"", action, Printable(reference));
}

/** The controller knows an error only as a text of the log (protocol: logs). */
std::string MakeLogRefusal(const std::string &request_id, const std::string &container_id, std::string_view reason) {
  return MakeLogResponse(request_id, container_id, fmt::format("error: {}", reason));
}

}  // namespace

TaskManager::TaskManager(EventLoop &loop, RequestHandler &handler, OutboundQueue &queue, Settings settings)
    : settings_(std::move(settings)),
      context_{loop, handler, queue, *this, settings_.origin, settings_.base64_bodies},
      bury_(loop, [this] { finished_.clear(); }) {}

TaskManager::~TaskManager() = default;

size_t TaskManager::Count() const {
  return requests_.size() + streams_.size() + calls_.size() + execs_.size() + log_streams_.size();
}

void TaskManager::AddFigures(TunnelFigures &figures) const {
  figures.AddTotals(begun_);
  figures.requests.active += requests_.size();
  figures.streams.active += streams_.size();
  figures.calls.active += calls_.size();
  figures.execs.active += execs_.size();
  figures.log_streams.active += log_streams_.size();
}

bool TaskManager::OnFrame(Frame &frame) {
  return std::visit(
      [this](auto &known) {
        constexpr bool is_ours = requires {
          Handle(known);
        };
        if constexpr (is_ours) Handle(known);
        return is_ours;
      },
      frame);
}

void TaskManager::OnBrokenFrame(const FrameError &error) {
  const std::string reason = fmt::format("malformed {}: {}", error.type, error.message);
  const bool is_named = !error.request_id.empty() || !error.container_id.empty();
  if (error.type == "exec_start" || error.type == "exec_input") {
    ExecSession *const session = FindExec(error.exec_id);
    if (session != nullptr) return session->Abort(reason);
    if (!error.exec_id.empty()) RefuseExec(error.exec_id, reason);
  } else if (error.type == "request" && !error.request_id.empty()) {
    context_.queue.PushControl(MakeErrorFrame(error.request_id, reason));
  } else if (error.type == "dd:container_log_request" && is_named && settings_.drydock_frames) {
    if (error.stream) return RefuseLogStream(error.request_id, error.container_id, reason);
    context_.queue.PushControl(MakeLogRefusal(error.request_id, error.container_id, reason));
  } else if (error.type == "dd:container_delete_request" && is_named && settings_.drydock_frames) {
    context_.queue.PushControl(MakeDeleteResponse(error.request_id, error.container_id, reason));
  }
}

void TaskManager::Handle(RequestFrame &frame) {
  const bool streams = IsStreamingTarget(frame.path);
  auto &table = streams ? streams_ : requests_;
  const size_t limit = streams ? limits::kMaxStreams : limits::kMaxRequests;
  if (closed_ || table.size() >= limit) {
    const auto reason = closed_ ? kShuttingDown : streams ? kBusyStreams : kBusyRequests;
    return context_.queue.PushControl(MakeErrorFrame(frame.request_id, reason));
  }
  if (frame.body && !context_.queue.HasRoomFor(frame.body->size())) {
    return context_.queue.PushControl(MakeErrorFrame(frame.request_id, kNoRoomForBody));
  }
  Keep(table, MakeTunnelRequest(context_, std::move(frame), streams), streams ? begun_.streams : begun_.requests);
}

void TaskManager::Handle(ExecStartFrame &frame) {
  if (closed_) return RefuseExec(frame.exec_id, kShuttingDown);
  if (FindExec(frame.exec_id) != nullptr) return RefuseExec(frame.exec_id, "duplicate execId");
  if (execs_.size() >= limits::kMaxExecSessions) return RefuseExec(frame.exec_id, "session limit reached");
  if (!IsValidContainerRef(frame.container_id)) {
    return RefuseExec(frame.exec_id, "create exec failed: " + InvalidContainer("create exec", frame.container_id));
  }
  Keep(execs_, std::make_unique<ExecSession>(context_, std::move(frame)), begun_.execs);
}

void TaskManager::Handle(ExecInputFrame &frame) {
  ExecSession *const session = FindExec(frame.exec_id);
  if (session != nullptr) session->Input(std::move(frame.bytes));
}

void TaskManager::Handle(ExecResizeFrame &frame) {
  ExecSession *const session = FindExec(frame.exec_id);
  if (session != nullptr) session->Resize(frame.cols, frame.rows);
}

void TaskManager::Handle(ExecEndFrame &frame) {
  ExecSession *const session = FindExec(frame.exec_id);
  if (session != nullptr) session->EndByController();
}

void TaskManager::Handle(LogRequestFrame &frame) {
  if (!settings_.drydock_frames) return;
  if (frame.stream) return StartLogStream(frame);
  const std::string refusal = CallRefusal("container logs", frame.container_id);
  if (!refusal.empty()) {
    return context_.queue.PushControl(MakeLogRefusal(frame.request_id, frame.container_id, refusal));
  }
  Keep(calls_, std::unique_ptr<TunnelTask>(std::make_unique<LogSnapshot>(context_, frame)), begun_.calls);
}

std::string TaskManager::CallRefusal(std::string_view action, const std::string &container_id) const {
  if (!IsValidContainerRef(container_id)) return InvalidContainer(action, container_id);
  if (calls_.size() >= limits::kMaxCalls) return std::string(kBusyCalls);
  return closed_ ? std::string(kShuttingDown) : "";
}

void TaskManager::StartLogStream(const LogRequestFrame &frame) {
  const auto refuse = [&](std::string_view error) { RefuseLogStream(frame.request_id, frame.container_id, error); };
  if (closed_) return refuse(kShuttingDown);
  if (frame.request_id.empty() || frame.container_id.empty()) {
    return refuse("requestId and containerId are required");
  }
  if (log_streams_.size() >= limits::kMaxLogStreams) {
    return refuse("too many active container log streams");
  }
  if (FindLogStream(frame.request_id) != nullptr) return refuse("duplicate requestId");
  if (!IsValidContainerRef(frame.container_id)) {
    return refuse(InvalidContainer("container logs", frame.container_id));
  }
  Keep(log_streams_, std::make_unique<LogStream>(context_, frame), begun_.log_streams);
}

void TaskManager::Handle(LogCancelFrame &frame) {
  LogStream *const stream = FindLogStream(frame.request_id);
  if (stream == nullptr) return;
  if (frame.container_id.empty() || frame.container_id == stream->ContainerId()) stream->Cancel();
}

void TaskManager::Handle(DeleteRequestFrame &frame) {
  if (!settings_.drydock_frames) return;
  const std::string refusal = CallRefusal("remove container", frame.container_id);
  if (!refusal.empty()) {
    return context_.queue.PushControl(MakeDeleteResponse(frame.request_id, frame.container_id, refusal));
  }
  Keep(calls_,
       std::unique_ptr<TunnelTask>(std::make_unique<ContainerRemoval>(context_, frame, settings_.on_container_removed)),
       begun_.calls);
}

void TaskManager::Handle(WatchFrame &frame) {
  if (!settings_.drydock_frames) return;
  if (frame.kind == WatchFrame::Kind::Trigger) {
    FrameWriter answer("dd:trigger_response");
    answer.Data().Member("triggerType", frame.type_name).Member("triggerName", frame.name);
    answer.Data().Key("success").Bool(false).Member("message", "triggers not implemented in v1.0");
    return context_.queue.PushControl(answer.Finish());
  }
  const bool one = frame.kind == WatchFrame::Kind::WatchContainer;
  FrameWriter answer(one ? "dd:watch_container_response" : "dd:watch_response");
  answer.Data().Member("watcherType", frame.type_name).Member("watcherName", frame.name);
  if (one) {
    answer.Data().Member("containerId", frame.container_id);
  } else {
    answer.Data().Key("results").BeginArray().End();
  }
  context_.queue.PushControl(answer.Finish());
}

void TaskManager::EndAll(std::string_view reason) {
  closed_ = true;
  AbortAll(execs_, reason);
  AbortAll(log_streams_, reason);
  AbortAll(streams_, reason);
  AbortAll(calls_, reason);
  AbortAll(requests_, reason);
}

void TaskManager::OnTaskFinished(TunnelTask &task) {
  [[maybe_unused]] const bool was_under_way =
      TakeOut(requests_, task, finished_) || TakeOut(streams_, task, finished_) || TakeOut(calls_, task, finished_) ||
      TakeOut(execs_, task, finished_) || TakeOut(log_streams_, task, finished_);
  assert(was_under_way);  // whoever asked has got one end, and not two
  bury_.Schedule();
}

ExecSession *TaskManager::FindExec(const std::string &exec_id) {
  return FindTask(execs_, [&](const ExecSession &session) { return session.Id() == exec_id; });
}

LogStream *TaskManager::FindLogStream(const std::string &request_id) {
  return FindTask(log_streams_, [&](const LogStream &stream) { return stream.RequestId() == request_id; });
}

void TaskManager::RefuseExec(const std::string &exec_id, std::string_view reason) {
  context_.queue.PushControl(MakeExecEnd(exec_id, reason));
}

void TaskManager::RefuseLogStream(const std::string &request_id, const std::string &container_id,
                                  std::string_view error) {
  context_.queue.PushControl(MakeLogError(request_id, container_id, error));
}

}  // namespace lookout
