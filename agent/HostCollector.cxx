// SPDX-License-Identifier: Apache-2.0
#include "agent/HostCollector.hxx"

#include "base/JsonWriter.hxx"

namespace lookout {

HostCollector::HostCollector(EventLoop &loop, DockerEngine &engine, const HostSettings &settings)
    : host_(settings.proc) {
  if (!settings.skip_disk) disk_.emplace(loop, engine, MeasureSpace);
}

DiskUsage::Space HostCollector::SampleDisk() {
  return disk_ ? disk_->Sample() : DiskUsage::Space();
}

std::string FormatHostFigures(HostCollector &collector, CpuSampler &cpu) {
  const HostMetrics &host = collector.Host();
  const MemoryUsage memory = host.Memory();
  const NetworkUsage network = host.Network().value_or(NetworkUsage());
  const DiskUsage::Space space = collector.SampleDisk();
  JsonWriter json;
  json.BeginObject();
  json.Key("cpuUsage").Double(cpu.Sample(host.Cpu()));
  json.Key("cpuCores").Uint(CpuCores());
  json.Key("memoryTotal").Uint(memory.total);
  json.Key("memoryUsed").Uint(memory.used);
  json.Key("memoryFree").Uint(memory.free);
  json.Key("diskTotal").Uint(space.total);
  json.Key("diskUsed").Uint(space.used);
  json.Key("diskFree").Uint(space.free);
  json.Key("networkRxBytes").Uint(network.received);
  json.Key("networkTxBytes").Uint(network.sent);
  json.Key("uptime").Uint(host.Uptime());
  return json.End().Take();
}

}  // namespace lookout
