// SPDX-License-Identifier: Apache-2.0
#include "proxy/DeadlinePolicy.hxx"

#include <algorithm>
#include <array>

#include "base/Strings.hxx"
#include "proxy/StreamingRule.hxx"
#include "proxy/TargetQuery.hxx"

namespace lookout {

namespace {

enum class Class { Quick, Action, Stop, Transfer, Archive, Endless };

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
    Row{"", "/containers/", "/stats", Class::Endless},
    Row{"", "/exec/", "/start", Class::Endless},
    Row{"", "/exec/", "/resize", Class::Quick},
    Row{"", "/containers/", "/resize", Class::Quick},
    Row{"POST", "/containers/", "/exec", Class::Quick},
    Row{"POST", "/containers/", "/stop", Class::Stop},
    Row{"POST", "/containers/", "/restart", Class::Stop},
    Row{"", "/containers/", "/logs", Class::Archive},
    Row{"", "/services/", "/logs", Class::Archive},
    Row{"", "/tasks/", "/logs", Class::Archive},
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

Class Classify(const RequestHead &head, std::string_view path) {
  const auto *const row =
      std::find_if(kRows.begin(), kRows.end(), [&](const Row &each) { return Applies(each, head.method, path); });
  if (path.ends_with("/logs") && row->kind == Class::Archive && IsFlagSet(head, "follow", false)) {
    return Class::Endless;
  }
  if (path.ends_with("/stats") && row->kind == Class::Endless && !IsFlagSet(head, "stream", true)) {
    return Class::Quick;
  }
  return row->kind;
}

/** Zero (no limit) where the grace period itself has none. */
std::chrono::milliseconds StopLimit(const DeadlineSettings &settings, std::string_view query) {
  // Within a year, so that no arithmetic overflows.
  static constexpr int64_t kLongest = 365 * 24 * 3600;
  const auto grace = ParseInt(FindQueryParameter(query, "t").value_or(""));
  if (!grace) return settings.action;
  if (*grace < 0 || settings.action.count() == 0) return {};
  return std::max(settings.action, std::chrono::seconds(std::min(*grace, kLongest)) + settings.stop_margin);
}

}  // namespace

Deadlines ChooseDeadlines(const DeadlineSettings &settings, const RequestHead &head, Origin::Transport transport) {
  const auto path = StripApiVersion(head.Path());
  Deadlines deadlines{settings.connect, {}, {}};
  switch (Classify(head, path)) {
    case Class::Quick: deadlines.total = settings.quick; break;
    case Class::Action: deadlines.total = settings.action; break;
    case Class::Stop: deadlines.total = StopLimit(settings, head.Query()); break;
    case Class::Transfer: deadlines.total = settings.transfer; break;
    case Class::Archive:
      deadlines.total = settings.transfer;
      deadlines.idle = settings.transfer_idle;
      break;
    case Class::Endless:
      if (transport == Origin::Transport::Tunnel && !IsStreamingTarget(head.target)) {
        deadlines.total = path.ends_with("/stats") ? settings.quick : settings.transfer;
      }
      break;
  }
  return deadlines;
}

}  // namespace lookout
