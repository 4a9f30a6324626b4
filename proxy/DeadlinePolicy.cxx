// SPDX-License-Identifier: Apache-2.0
#include "proxy/DeadlinePolicy.hxx"

#include <algorithm>
#include <array>

#include "base/Strings.hxx"
#include "proxy/StreamingRule.hxx"
#include "proxy/TargetQuery.hxx"

namespace lookout {

namespace {

enum class Class {
  Quick,
  Action,
  Transfer,
  Archive,
  Endless,
  // By what the query says, one of the others:
  Stop,
  Logs,
  Stats,
};

/** A row applies when method, beginning and end all fit; "" fits everything. The first one that applies counts. */
struct Row {
  std::string_view method;
  std::string_view begins;
  std::string_view ends;
  Class kind;
};

constexpr std::array kRows = {
    Row{"", "/events", "/events", Class::Endless},
    Row{"", "/session", "/session", Class::Endless},
    Row{"", "/grpc", "/grpc", Class::Endless},
    Row{"", "/containers/", "/attach", Class::Endless},
    Row{"", "/containers/", "/attach/ws", Class::Endless},
    Row{"", "/containers/", "/wait", Class::Endless},
    Row{"", "/containers/", "/stats", Class::Stats},
    Row{"", "/exec/", "/start", Class::Endless},
    Row{"", "/exec/", "/resize", Class::Quick},
    Row{"", "/containers/", "/resize", Class::Quick},
    Row{"POST", "/containers/", "/exec", Class::Quick},
    Row{"POST", "/containers/", "/stop", Class::Stop},
    Row{"POST", "/containers/", "/restart", Class::Stop},
    Row{"", "/containers/", "/logs", Class::Logs},
    Row{"", "/services/", "/logs", Class::Logs},
    Row{"", "/tasks/", "/logs", Class::Logs},
    Row{"", "/containers/", "/export", Class::Archive},
    Row{"", "/containers/", "/archive", Class::Archive},
    Row{"GET", "/images/", "/get", Class::Archive},
    Row{"", "/images/load", "/load", Class::Archive},
    Row{"", "/build", "/build", Class::Transfer},
    Row{"", "/images/create", "/create", Class::Transfer},
    Row{"POST", "/images/", "/push", Class::Transfer},
    Row{"", "/commit", "/commit", Class::Transfer},
    Row{"POST", "/", "/prune", Class::Transfer},
    Row{"POST", "/plugins/", "/pull", Class::Transfer},
    Row{"POST", "/plugins/", "/push", Class::Transfer},
    Row{"POST", "/plugins/", "/upgrade", Class::Transfer},
    Row{"GET", "/system/df", "/df", Class::Action},
    Row{"GET", "/distribution/", "/json", Class::Action},
    Row{"GET", "/images/search", "/search", Class::Action},
    Row{"GET", "", "", Class::Quick},
    Row{"HEAD", "", "", Class::Quick},
    Row{"OPTIONS", "", "", Class::Quick},
    Row{"", "", "", Class::Action},
};

bool Applies(const Row &row, std::string_view method, std::string_view path) {
  return (row.method.empty() || row.method == method) && path.starts_with(row.begins) && path.ends_with(row.ends);
}

bool IsFlagSet(const RequestHead &head, std::string_view name, bool unless_given) {
  const auto value = FindQueryParameter(head.Query(), name);
  return value ? IsDockerTrue(*value) : unless_given;
}

/** The seconds that Docker lets a container have for its end: the default of 10 when nothing is said. */
int64_t GracePeriod(const RequestHead &head) {
  // Within a year, so that no arithmetic overflows.
  static constexpr int64_t kLongest = 365L * 24 * 3600;
  return std::min(ParseInt(FindQueryParameter(head.Query(), "t").value_or("")).value_or(10), kLongest);
}

Class Classify(const RequestHead &head) {
  const auto path = StripApiVersion(head.Path());
  const auto *const row =
      std::find_if(kRows.begin(), kRows.end(), [&](const Row &each) { return Applies(each, head.method, path); });
  switch (row->kind) {
    case Class::Logs: return IsFlagSet(head, "follow", false) ? Class::Endless : Class::Archive;
    case Class::Stats: return IsFlagSet(head, "stream", true) ? Class::Endless : Class::Quick;
    // Docker waits without end for a stop whose grace period is negative.
    case Class::Stop: return GracePeriod(head) < 0 ? Class::Endless : Class::Stop;
    default: return row->kind;
  }
}

std::chrono::milliseconds StopLimit(const DeadlineSettings &settings, const RequestHead &head) {
  if (settings.action.count() == 0) return {};
  return std::max(settings.action, std::chrono::seconds(GracePeriod(head)) + settings.stop_margin);
}

/** What is endless elsewhere; see the header. */
std::chrono::milliseconds EndlessLimit(const DeadlineSettings &settings, const RequestHead &head,
                                       Origin::Transport transport) {
  if (transport != Origin::Transport::Tunnel || IsStreamingTarget(head.target)) return {};
  return head.Path().ends_with("/stats") ? settings.quick : settings.transfer;
}

}  // namespace

Deadlines ChooseDeadlines(const DeadlineSettings &settings, const RequestHead &head, Origin::Transport transport) {
  Deadlines deadlines{settings.connect, {}, {}};
  switch (Classify(head)) {
    case Class::Quick: deadlines.total = settings.quick; break;
    case Class::Transfer: deadlines.total = settings.transfer; break;
    case Class::Archive:
      deadlines.total = settings.transfer;
      deadlines.idle = settings.transfer_idle;
      break;
    case Class::Endless: deadlines.total = EndlessLimit(settings, head, transport); break;
    case Class::Stop: deadlines.total = StopLimit(settings, head); break;
    default: deadlines.total = settings.action; break;
  }
  return deadlines;
}

}  // namespace lookout
