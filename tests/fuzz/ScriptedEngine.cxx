// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/ScriptedEngine.hxx"

#include <fmt/core.h>

namespace lookout {

namespace {

constexpr std::array<size_t, 8> kSizes = {1, 3, 40, 700, 700, 5000, 48 * 1024 + 1, 70'000};
constexpr std::array<std::string_view, 2> kJson = {R"({"a":[1,"b"]})", R"({"a":1.50})"};
constexpr std::array<int, 6> kStatuses = {200, 200, 404, 500, 204, 304};

/** Every position looks different, so that what is lost, doubled or moved is seen. */
std::string MakeText(size_t at, size_t size, bool is_binary) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) {
    const size_t mix = (at + i) * 31 + (at + i) / 251 * 7;
    text[i] = is_binary ? static_cast<char>(mix) : mix % 29 == 0 ? '\n' : static_cast<char>('a' + mix % 26);
  }
  return text;
}

bool IsExecStart(const Request &request) {
  return request.head.target.starts_with("/exec/x") && request.head.target.ends_with("/start");
}

bool IsLog(const Request &request) {
  return request.audit.event == "container_logs";
}

/** Containers c0 and c1 have no terminal. */
bool HasTerminal(const std::string &target) {
  return target.find("/c0/") == std::string::npos && target.find("/c1/") == std::string::npos;
}

}  // namespace

bool ScriptedEngine::IsOpen(size_t index) const {
  return !handler_.calls[index]->gone && !progress_[index].is_over;
}

size_t ScriptedEngine::OpenCalls() const {
  size_t count = 0;
  for (const auto &call : handler_.calls) count += call->gone ? 0 : 1;
  return count;
}

const ScriptedEngine::Given &ScriptedEngine::For(const std::string &id) const {
  static const Given kNothing;
  const auto found = given_.find(id);
  return found == given_.end() ? kNothing : found->second;
}

const std::string *ScriptedEngine::InputFor(const std::string &exec_id) {
  progress_.resize(handler_.calls.size());
  for (size_t i = 0; i < progress_.size(); ++i) {
    const auto &call = *handler_.calls[i];
    if (IsOpen(i) && call.duplex != nullptr && &GivenFor(call) == &given_[exec_id]) return &call.sent;
  }
  return nullptr;
}

/** Which the agent makes for itself, and whose answer nobody else sees. */
bool ScriptedEngine::IsOwnCall(const Call &call) const {
  return call.sink != nullptr && (call.request.audit.event.empty() || call.request.audit.event == "container_delete" ||
                                  !call.request.audit.exec_id.empty());
}

ScriptedEngine::Given &ScriptedEngine::GivenFor(const Call &call) {
  if (call.duplex == nullptr || !IsExecStart(call.request)) return given_[call.request.id];
  // The exec was named after the call that made it.
  const auto creator = std::stoul(call.request.head.target.substr(7));
  return given_[handler_.calls.at(creator)->request.id];
}

void ScriptedEngine::Act(ByteScript &script) {
  progress_.resize(handler_.calls.size());
  std::vector<size_t> open;
  for (size_t i = 0; i < progress_.size(); ++i) {
    if (IsOpen(i)) open.push_back(i);
  }
  if (open.empty()) return;
  const size_t index = open[script.Below(std::min<size_t>(open.size(), 256))];
  const size_t action = script.Below(10);
  if (action == 9) return Break(index);
  if (IsOwnCall(*handler_.calls[index])) return AnswerOwnCall(index, action);
  if (!progress_[index].has_head) {
    const auto &call = *handler_.calls[index];
    const bool is_upgrade = call.duplex != nullptr;
    if (action == 8 && !is_upgrade && !IsLog(call.request)) return AnswerJson(index, script.Of(kJson));
    return Head(index, is_upgrade && action < 7 ? 101 : script.Of(kStatuses), action);
  }
  switch (action) {
    case 0:
    case 1: return End(index);
    case 2:
    case 3: return Drain(index);
    case 4:
      for (size_t i = 0; i < 12 && MayGive(index); ++i) Give(index, 40'000, 0);
      return;
    default: return Give(index, script.Of(kSizes), action == 5 ? script.Below(256) : 0);
  }
}

bool ScriptedEngine::AnswerAll() {
  progress_.resize(handler_.calls.size());
  bool did_anything = false;
  for (size_t i = 0; i < progress_.size(); ++i) {
    const auto &call = *handler_.calls[i];
    if (!IsOpen(i)) continue;
    const bool is_upgrade = call.duplex != nullptr;
    if (IsOwnCall(call)) {
      AnswerOwnCall(i, 0);
    } else if (!progress_[i].has_head) {
      Head(i, is_upgrade ? 101 : 200, 0);
    } else if (is_upgrade && call.send_flow == Flow::Wait) {
      Drain(i);
    } else {
      continue;
    }
    did_anything = true;
  }
  return did_anything;
}

bool ScriptedEngine::EndAll() {
  bool did_anything = false;
  for (size_t i = 0; i < progress_.size(); ++i) {
    if (!IsOpen(i) || !progress_[i].has_head) continue;
    End(i);
    did_anything = true;
  }
  return did_anything;
}

void ScriptedEngine::Head(size_t index, int status, size_t log_form) {
  auto &call = *handler_.calls[index];
  auto &progress = progress_[index];
  auto &given = GivenFor(call);
  progress.has_head = true;
  given.status = status;
  HeaderList headers;
  if (IsLog(call.request)) {
    const bool has_terminal = HasTerminal(call.request.head.target);
    progress.is_multiplexed = status == 200 && !has_terminal;
    given.is_silent = log_form % 2 == 1;
    const std::string kind = has_terminal ? "raw" : "multiplexed";
    if (!given.is_silent) headers.Add("Content-Type", "application/vnd.docker." + kind + "-stream");
  }
  call.Head(status, headers);
}

bool ScriptedEngine::IsHeldBack(size_t index) const {
  return progress_[index].waits && handler_.calls[index]->resumed == progress_[index].resumed;
}

bool ScriptedEngine::MayGive(size_t index) const {
  return IsOpen(index) && progress_[index].has_head && !progress_[index].is_truncated && !IsHeldBack(index);
}

void ScriptedEngine::Give(size_t index, size_t size, size_t cut) {
  if (!MayGive(index)) return;
  auto &call = *handler_.calls[index];
  auto &given = GivenFor(call);
  size = std::min(size, budget_) > 0 ? std::min(size, budget_) : 1;
  budget_ -= std::min(size, budget_);
  const bool is_binary = !IsLog(call.request) && !call.request.id.empty() && call.request.id.back() % 3 == 0;
  const std::string bytes = MakeText(given.out.size() + given.err.size(), size, is_binary);
  if (progress_[index].is_multiplexed) return GiveLog(index, bytes, cut);
  if (call.duplex == nullptr || given.status == 101) given.out += bytes;
  Push(index, bytes);
}

void ScriptedEngine::GiveLog(size_t index, std::string_view payload, size_t cut) {
  auto &given = GivenFor(*handler_.calls[index]);
  const bool is_err = payload.size() % 2 == 1;
  std::string record{is_err ? '\2' : '\1', 0, 0, 0};
  for (const unsigned shift : {24U, 16U, 8U, 0U}) record += static_cast<char>(payload.size() >> shift);
  record += payload;
  std::string_view sent = record;
  if (cut % 8 == 7) {
    // The rest never comes.
    progress_[index].is_truncated = true;
    sent = sent.substr(0, 4 + cut % sent.size());
  }
  (is_err ? given.err : given.out) += sent.substr(std::min<size_t>(sent.size(), 8));
  const size_t first = cut % sent.size();
  if (first > 0) Push(index, sent.substr(0, first));
  Push(index, sent.substr(first));
}

void ScriptedEngine::Push(size_t index, std::string_view bytes) {
  auto &call = *handler_.calls[index];
  // One piece may come after Wait, as the contract has it.
  const Flow flow = call.sink != nullptr ? call.sink->OnData(bytes) : call.duplex->OnData(bytes);
  progress_[index].waits = flow == Flow::Wait;
  progress_[index].resumed = call.resumed;
}

void ScriptedEngine::End(size_t index) {
  auto &call = *handler_.calls[index];
  if (IsHeldBack(index)) return;
  progress_[index].is_over = true;
  GivenFor(call).is_whole = !progress_[index].is_truncated;
  if (call.sink != nullptr) {
    call.sink->OnEnd();
  } else {
    call.duplex->OnEnd();
  }
}

void ScriptedEngine::Break(size_t index) {
  auto &call = *handler_.calls[index];
  progress_[index].is_over = true;
  const Failure failure{Failure::Kind::Broken, "the engine broke off"};
  if (call.request.head.target.ends_with("/json")) inspects_are_good_ = false;
  if (call.sink != nullptr) {
    call.sink->OnError(failure);
  } else {
    call.duplex->OnError(failure);
  }
}

void ScriptedEngine::Drain(size_t index) {
  auto &call = *handler_.calls[index];
  if (call.duplex == nullptr) return;
  if (call.send_flow == Flow::Go) {
    call.send_flow = Flow::Wait;
    call.unsent = 1;
    return;
  }
  call.send_flow = Flow::Go;
  call.unsent = 0;
  // Told only to those who were told to wait.
  if (progress_[index].has_head && GivenFor(call).status == 101) call.duplex->OnDrained();
}

void ScriptedEngine::AnswerJson(size_t index, std::string_view json) {
  auto &given = GivenFor(*handler_.calls[index]);
  given.status = 200;
  given.out = json;
  given.is_whole = true;
  Answer(index, 200, json);
}

void ScriptedEngine::Answer(size_t index, int status, std::string_view body) {
  progress_[index].is_over = true;
  handler_.calls[index]->Answer(status, body);
}

void ScriptedEngine::AnswerOwnCall(size_t index, size_t how) {
  const auto &call = *handler_.calls[index];
  const std::string &target = call.request.head.target;
  if (how >= 5 && target.ends_with("/json")) inspects_are_good_ = false;
  if (how == 5) return Answer(index, 500, R"({"message":"no"})");
  if (how == 6) return Answer(index, 200, "{\"Id\":\"");
  if (how == 7) return Answer(index, 201, std::string(100'000, '['));
  if (how == 8) return;
  if (target.ends_with("/exec")) return Answer(index, 201, fmt::format(R"({{"Id":"x{}"}})", index));
  if (target.starts_with("/exec/") && target.ends_with("/json")) {
    return Answer(index, 200, how == 0 ? R"({"Running":false,"ExitCode":3})" : R"({"Running":true})");
  }
  if (target.ends_with("/json")) {
    return Answer(index, 200, HasTerminal(target) ? R"({"Config":{"Tty":true}})" : R"({"Config":{"Tty":false}})");
  }
  Answer(index, call.request.head.method == "DELETE" ? 204 : 200, "");
}

}  // namespace lookout
