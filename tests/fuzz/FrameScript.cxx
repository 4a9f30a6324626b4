// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/FrameScript.hxx"

#include <fmt/core.h>

#include "base/Base64.hxx"

namespace lookout {

namespace {

constexpr std::array<std::string_view, 10> kTargets = {"/version",
                                                       "/containers/json",
                                                       "/containers/c0/json?size=1",
                                                       "/x",  // plain
                                                       "/events",
                                                       "/containers/c1/logs?follow=1",
                                                       "/build",
                                                       "/v1.45/images/create",  // streams
                                                       "/bad path",
                                                       "no slash"};
constexpr std::array<std::string_view, 6> kContainers = {"c0", "c1", "c2", "c3", "", "-bad/"};
constexpr std::array<size_t, 6> kInputSizes = {0, 1, 9, 100, 3000, 70'000};

std::string Frame(std::string_view type, std::string_view data) {
  return fmt::format(R"({{"type":"{}","data":{{{}}}}})", type, data);
}

/** Something is missing, doubled or different. */
void Damage(std::string &text, ByteScript &script) {
  const size_t at = script.Below(256) * text.size() / 256;
  switch (script.Below(5)) {
    case 0: text.erase(at); break;
    case 1: text.erase(at, 1); break;
    case 2: text.insert(at, script.Take(4)); break;
    case 3: text[at] = static_cast<char>(script.Below(256)); break;
    default:
      if (const size_t colon = text.find(R"(":")", at); colon != std::string::npos) text.replace(colon + 2, 1, "7,\"");
  }
}

}  // namespace

std::string FrameScript::Id(char kind, ByteScript &script, bool is_new) {
  auto &newest = newest_[kind];
  const size_t choice = script.Below(16);
  if (is_new && choice > 1) return fmt::format("{}{}.{}", kind, connection_, ++newest);
  return choice == 15 ? "" : fmt::format("{}{}.{}", kind, connection_, newest == 0 ? 0 : 1 + choice % newest);
}

std::string FrameScript::Make(ByteScript &script) {
  std::string text;
  const size_t choice = script.Below(16);
  if (choice < 5)
    text = MakeRequest(script);
  else if (choice < 7)
    text = MakeExec(script);
  else if (choice < 10)
    text = MakeInput(script);
  else if (choice < 13)
    text = MakeLog(script);
  else
    text = MakeSmall(script);
  if (script.Below(8) == 7 && !text.empty()) Damage(text, script);
  return text;
}

std::string FrameScript::MakeRequest(ByteScript &script) {
  const auto id = Id('r', script, true);
  const auto target = script.Of(kTargets);
  const size_t body = script.Below(4);
  std::string more =
      body > 1 ? fmt::format(R"(,"method":"POST","body":"{}")", std::string(script.Of(kInputSizes), 'b')) : "";
  if (body == 3) more += R"(,"headers":{"Accept":"*/*","X-Other":"1"})";
  return Frame("request", fmt::format(R"("requestId":"{}","path":"{}"{})", id, target, more));
}

std::string FrameScript::MakeExec(ByteScript &script) {
  const auto id = Id('e', script, true);
  const auto container = script.Of(kContainers);
  const size_t form = script.Below(4);
  const auto *const more = form == 0 ? R"("cols":80,"rows":24)" : form == 1 ? R"("tty":false)" : R"("user":"u")";
  return Frame("exec_start", fmt::format(R"("execId":"{}","containerId":"{}","cmd":["sh"],{})", id, container, more));
}

std::string FrameScript::MakeInput(ByteScript &script) {
  const auto id = Id('e', script, false);
  const size_t choice = script.Below(8);
  if (choice > 5) return Frame("exec_end", fmt::format(R"("execId":"{}")", id));
  if (choice == 6)
    return Frame("exec_resize", fmt::format(R"("execId":"{}","cols":{},"rows":40)", id, script.Below(9)));
  std::string input(script.Of(kInputSizes), static_cast<char>('a' + script.Below(26)));
  return Frame("exec_input", fmt::format(R"("execId":"{}","data":"{}")", id, Base64Encode(input)));
}

std::string FrameScript::MakeLog(ByteScript &script) {
  const size_t choice = script.Below(8);
  if (choice > 5) return Frame("dd:container_log_cancel", fmt::format(R"("requestId":"{}")", Id('l', script, false)));
  const auto id = Id('l', script, true);
  const auto container = script.Of(kContainers);
  if (choice == 5) {
    return Frame("dd:container_delete_request", fmt::format(R"("requestId":"{}","containerId":"{}")", id, container));
  }
  const auto *const stream = choice < 3 ? "true" : "false";
  const auto *const follow = choice % 2 == 0 ? "true" : "false";
  return Frame("dd:container_log_request",
               fmt::format(R"("requestId":"{}","containerId":"{}","stream":{},"follow":{},"tail":"10")", id, container,
                           stream, follow));
}

std::string FrameScript::MakeSmall(ByteScript &script) {
  switch (script.Below(9)) {
    case 0:
    case 1: return Frame("ping", fmt::format(R"("timestamp":{})", 1000 + script.Below(256)));
    case 2: return Frame("pong", R"("timestamp":1)");
    case 3: return Frame("dd:watch_request", R"("watcherType":"docker","watcherName":"w")");
    case 4: return Frame("dd:trigger_request", R"("triggerType":"t","triggerName":"n")");
    case 5: return Frame("error", R"("message":"no","code":"revoked")");
    case 6: return Frame("welcome", R"("pollInterval":5)");
    case 7: return Frame("dd:unknown", R"("a":1)");
    default: return std::string(script.Take(40));
  }
}

}  // namespace lookout
