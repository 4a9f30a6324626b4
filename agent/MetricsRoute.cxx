// SPDX-License-Identifier: Apache-2.0
#include "agent/MetricsRoute.hxx"

#include "agent/MetricFamilies.hxx"
#include "base/Version.hxx"

namespace lookout {

namespace {

/** Two scrapers that come one right after the other get the same figure, not one of a few ticks. */
constexpr std::chrono::seconds kMinCpuWindow{5};

}  // namespace

/** An answer that waits for the containers' figures. */
class MetricsRoute::Scrape final : public GetRoute::Work {
 public:
  Scrape(MetricsRoute &route, Respond respond)
      : waiter_(route.containers_.Refresh([&route, respond = std::move(respond)] { respond(route.MakeAnswer()); })) {}

 private:
  std::unique_ptr<WaitingList::Waiter> waiter_;
};

MetricsRoute::MetricsRoute(EventLoop &loop, std::string_view prefix, HostCollector &host, ContainerStats &containers,
                           Source source)
    : GetRoute(loop),
      prefix_(prefix),
      started_(loop.Now()),
      host_(host),
      containers_(containers),
      source_(std::move(source)),
      cpu_sampled_at_(started_) {
  // So that the first scrape has a window as well: since the start.
  cpu_.Sample(host_.Host().Cpu());
}

void MetricsRoute::AddTo(AgentRoutes &top, AgentRoutes &agent) {
  top.Add("/metrics", *this);
  agent.Add("/metrics", *this);
}

std::unique_ptr<GetRoute::Work> MetricsRoute::Begin(const RequestHead &, Respond respond) {
  if (!containers_.IsFresh()) return std::make_unique<Scrape>(*this, std::move(respond));
  respond(MakeAnswer());
  return nullptr;
}

std::optional<double> MetricsRoute::SampleCpu() {
  const TimePoint now = Loop().Now();
  if (cpu_percent_ && now - cpu_sampled_at_ < kMinCpuWindow) return cpu_percent_;
  const auto ticks = host_.Host().Cpu();
  cpu_sampled_at_ = now;
  cpu_percent_.reset();
  const double percent = cpu_.Sample(ticks);
  if (ticks) cpu_percent_ = percent;
  return cpu_percent_;
}

FullResponse MetricsRoute::MakeAnswer() {
  Exposition text(prefix_);
  AddAgentFamilies(text, ProductVersion(), std::chrono::duration<double>(Loop().Now() - started_).count());
  AddHostFamilies(text, host_, SampleCpu());
  AddContainerFamilies(text, containers_.Running());
  if (source_) source_(text);
  return MakeResponse(200, Exposition::kContentType, text.Text());
}

}  // namespace lookout
