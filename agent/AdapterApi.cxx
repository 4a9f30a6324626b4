// SPDX-License-Identifier: Apache-2.0
#include "agent/AdapterApi.hxx"

#include "agent/DrydockAdapter.hxx"
#include "agent/GenericAdapter.hxx"

namespace lookout {

std::unique_ptr<AdapterApi> MakeAdapter(const AdapterContext &context) {
  if (context.config.adapter == Adapter::Generic) return std::make_unique<GenericAdapter>(context);
  return std::make_unique<DrydockAdapter>(context);
}

}  // namespace lookout
