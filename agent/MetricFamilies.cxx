// SPDX-License-Identifier: Apache-2.0
#include "agent/MetricFamilies.hxx"

#include <functional>

namespace lookout {

namespace {

using Value = std::function<std::optional<double>(const ContainerUsage &)>;

template <typename T>
std::optional<double> ToDouble(const std::optional<T> &value) {
  if (!value) return std::nullopt;
  return static_cast<double>(*value);
}

bool HasAny(const std::vector<ContainerUsage> &running, const Value &value) {
  for (const auto &container : running) {
    if (value(container)) return true;
  }
  return false;
}

void AddSamples(Exposition &text, const std::vector<ContainerUsage> &running, const Value &value) {
  for (const auto &container : running) {
    const auto figure = value(container);
    if (!figure) continue;
    text.Sample(*figure, {{"id", container.id}, {"name", container.name}, {"image", container.image}});
  }
}

std::optional<double> Received(const ContainerUsage &container) {
  if (!container.network) return std::nullopt;
  return static_cast<double>(container.network->received);
}

std::optional<double> Sent(const ContainerUsage &container) {
  if (!container.network) return std::nullopt;
  return static_cast<double>(container.network->sent);
}

}  // namespace

void AddAgentFamilies(Exposition &text, std::string_view version, double uptime_seconds) {
  text.Gauge("build_info", "The version of the agent; always 1.").Sample(1, {{"version", version}});
  text.Gauge("uptime_seconds", "How long the agent has been running.").Sample(uptime_seconds);
}

void AddHostFamilies(Exposition &text, HostCollector &host, std::optional<double> cpu_percent) {
  if (cpu_percent) {
    text.Gauge("host_cpu_usage_percent", "Load of all processors since an earlier scrape, 0 to 100.")
        .Sample(*cpu_percent);
  }
  if (const MemoryUsage memory = host.Host().Memory(); memory.total > 0) {
    text.Gauge("host_memory_total_bytes", "Memory of the host.").Sample(static_cast<double>(memory.total));
    text.Gauge("host_memory_used_bytes", "Memory of the host that is not available to new processes.")
        .Sample(static_cast<double>(memory.used));
  }
  if (const DiskUsage::Space disk = host.SampleDisk(); disk.total > 0) {
    text.Gauge("host_disk_total_bytes", "Size of the file system that holds the engine's data.")
        .Sample(static_cast<double>(disk.total));
    text.Gauge("host_disk_used_bytes", "What is not available on it.").Sample(static_cast<double>(disk.used));
  }
  if (const auto network = host.Host().Network()) {
    text.Counter("host_network_receive_bytes_total", "Bytes received on all interfaces but the loopback one.")
        .Sample(static_cast<double>(network->received));
    text.Counter("host_network_transmit_bytes_total", "Bytes sent on all interfaces but the loopback one.")
        .Sample(static_cast<double>(network->sent));
  }
}

void AddContainerFamilies(Exposition &text, const std::vector<ContainerUsage> &running) {
  const auto counter = [&](std::string_view name, std::string_view help, const Value &value) {
    if (HasAny(running, value)) AddSamples(text.SharedCounter(name, help), running, value);
  };
  const auto gauge = [&](std::string_view name, std::string_view help, const Value &value) {
    if (HasAny(running, value)) AddSamples(text.SharedGauge(name, help), running, value);
  };
  counter("container_cpu_usage_seconds_total", "Processor time the container has used.",
          [](const ContainerUsage &container) { return container.cpu_seconds; });
  gauge("container_memory_usage_bytes", "Memory the container uses, caches included.",
        [](const ContainerUsage &container) { return ToDouble(container.memory); });
  gauge("container_spec_memory_limit_bytes", "Memory the container may use.",
        [](const ContainerUsage &container) { return ToDouble(container.memory_limit); });
  counter("container_network_receive_bytes_total", "Bytes received on all interfaces of the container.", Received);
  counter("container_network_transmit_bytes_total", "Bytes sent on all interfaces of the container.", Sent);
}

void AddRequestFamilies(Exposition &text, const RequestMetrics &requests) {
  text.Counter("http_requests_total", "Requests on the listener, by method and status; health is not counted.");
  for (const auto &[key, count] : requests.Requests()) {
    text.Sample(static_cast<double>(count), {{"method", key.first}, {"code", std::to_string(key.second)}});
  }
  text.Histogram("http_request_duration_seconds", "How long requests with a valid proof took, streams to their end.")
      .Sample(requests.Durations());
  text.Gauge("http_requests_in_flight", "Requests with a valid proof that are being answered.")
      .Sample(static_cast<double>(requests.InFlight()));
  text.Counter("auth_failures_total", "Requests whose proof was missing or wrong, by reason.");
  for (const auto &[reason, count] : requests.AuthFailures()) {
    text.Sample(static_cast<double>(count), {{"reason", reason}});
  }
  text.Counter("rate_limited_total", "Requests refused because of too many failures or too much work.")
      .Sample(static_cast<double>(requests.RateLimited()));
}

void AddListenerFamilies(Exposition &text, size_t connections) {
  text.Gauge("listener_connections", "Open connections to the local listener.")
      .Sample(static_cast<double>(connections));
}

void AddTunnelFamilies(Exposition &text, const TunnelStatus &status, const TunnelFigures &figures) {
  const auto number = [](auto value) { return static_cast<double>(value); };
  text.Gauge("edge_controller_connected", "Whether the controller has welcomed the agent.")
      .Sample(status.connected ? 1 : 0);
  text.Counter("edge_reconnects_total", "How often the agent has waited for another attempt to connect.")
      .Sample(number(status.waits));
  text.Counter("edge_backpressure_events_total", "How often a stream had to wait for the controller to take more.")
      .Sample(number(figures.stream_waits));
  text.Gauge("edge_streams_waiting", "Streams that wait for the controller to take more.")
      .Sample(number(figures.waiting_streams));
  text.Gauge("edge_buffered_bytes", "Memory for data on its way to the controller, or kept for a reply.")
      .Sample(number(figures.buffered_bytes));
  text.Counter("edge_sessions_total", "How often a controller has welcomed the agent.").Sample(number(status.sessions));
  text.Gauge("edge_clock_offset_seconds", "What is added to this host's clock when signing; 0 when it is right.")
      .Sample(number(status.clock_offset));
  text.Gauge("edge_tasks", "What the controller has asked for and is being done, by kind.");
  for (const auto &[kind, count] : figures.TasksByKind()) text.Sample(number(count.active), {{"kind", kind}});
  text.Counter("edge_tasks_total", "What the controller has asked for, by kind.");
  for (const auto &[kind, count] : figures.TasksByKind()) text.Sample(number(count.begun), {{"kind", kind}});
  text.Counter("edge_messages_total", "Messages of the tunnel, by direction.")
      .Sample(number(figures.received.messages), {{"direction", "received"}})
      .Sample(number(figures.sent.messages), {{"direction", "sent"}});
  text.Counter("edge_message_bytes_total", "Bytes in messages of the tunnel, by direction.")
      .Sample(number(figures.received.bytes), {{"direction", "received"}})
      .Sample(number(figures.sent.bytes), {{"direction", "sent"}});
}

void AddAuditFamilies(Exposition &text, const AuditJournal &journal, const AuditReads &reads) {
  text.Gauge("audit_buffer_records", "Audit records that can be asked for.")
      .Sample(static_cast<double>(journal.Ring().Size()));
  text.Gauge("audit_buffer_capacity", "The most there can be (AUDIT_BUFFER_SIZE).")
      .Sample(static_cast<double>(journal.Ring().Capacity()));
  text.Gauge("audit_sink_enabled", "Whether they are written to a log (AUDIT_LOG).")
      .Sample(journal.Log().IsEnabled() ? 1 : 0);
  text.Counter("audit_lost_records_total", "Records that could not be written to it.")
      .Sample(static_cast<double>(journal.Log().Lost()));
  text.Counter("audit_exports_total", "How often records were asked for, by outcome.")
      .Sample(static_cast<double>(reads.succeeded), {{"outcome", "success"}})
      .Sample(static_cast<double>(reads.failed), {{"outcome", "error"}});
}

}  // namespace lookout
