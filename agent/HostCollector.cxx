// SPDX-License-Identifier: Apache-2.0
#include "agent/HostCollector.hxx"

namespace lookout {

HostCollector::HostCollector(EventLoop &loop, DockerEngine &engine, const HostSettings &settings)
    : host_(settings.proc) {
  if (!settings.skip_disk) disk_.emplace(loop, engine, MeasureSpace);
}

DiskUsage::Space HostCollector::SampleDisk() {
  return disk_ ? disk_->Sample() : DiskUsage::Space();
}

}  // namespace lookout
