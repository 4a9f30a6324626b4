// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "proxy/AgentRoutes.hxx"
#include "proxy/DockerEngine.hxx"
#include "proxy/EnginePing.hxx"
#include "proxy/GetRoute.hxx"
#include "proxy/HealthSource.hxx"

namespace lookout {

/** What all three routes draw on. Uptime counts from here. */
struct HealthContext {
  HealthContext(EventLoop &loop_, AgentProfile profile_, const HealthSource &source_, DockerEngine &engine_)
      : loop(loop_), profile(std::move(profile_)), source(source_), engine(engine_), started(loop_.Now()) {}

  EventLoop &loop;
  const AgentProfile profile;
  const HealthSource &source;
  DockerEngine &engine;
  const TimePoint started;
};

/** Is the process alive? Always 200; Docker is not asked. */
class LivenessRoute final : public GetRoute {
 public:
  explicit LivenessRoute(const HealthContext &context) : GetRoute(context.loop), context_(context) {}

 private:
  std::unique_ptr<Work> Begin(const RequestHead &head, Respond respond) override;

  const HealthContext &context_;
};

/**
 * Can the agent do its work? 200 when Docker answers a ping within 2 s and the controller is connected (where there
 * is one), else 503. Docker is asked at most once a second.
 */
class ReadinessRoute final : public GetRoute {
 public:
  explicit ReadinessRoute(const HealthContext &context)
      : GetRoute(context.loop), context_(context), ping_(context.loop, context.engine) {}

 private:
  std::unique_ptr<Work> Begin(const RequestHead &head, Respond respond) override;

  const HealthContext &context_;
  EnginePing ping_;
};

/** Who the agent is. Keys sorted; uptime as in "2h34m56.789s". */
class InfoRoute final : public GetRoute {
 public:
  explicit InfoRoute(const HealthContext &context) : GetRoute(context.loop), context_(context) {}

 private:
  std::unique_ptr<Work> Begin(const RequestHead &head, Respond respond) override;

  const HealthContext &context_;
};

/** The three as they are reached: /health and /ready at the top, health (readiness) and info under the agent's prefix.
 */
class HealthRoutes {
 public:
  HealthRoutes(EventLoop &loop, AgentProfile profile, const HealthSource &source, DockerEngine &engine);

  void AddTo(AgentRoutes &top, AgentRoutes &agent);

 private:
  HealthContext context_;
  LivenessRoute liveness_{context_};
  ReadinessRoute readiness_{context_};
  InfoRoute info_{context_};
};

/** The text that Go gives a duration, to the millisecond: "1h0m0.25s", "350ms", "0s". */
std::string FormatGoDuration(Duration duration);

}  // namespace lookout
