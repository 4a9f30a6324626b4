// SPDX-License-Identifier: Apache-2.0
#include "proxy/GateExchange.hxx"

namespace lookout {

void GateDuplex::Become(std::unique_ptr<Duplex> inner) {
  inner_ = std::move(inner);
  // Whoever was told to wait hears OnDrained from the inner one, which then has as much to write.
  if (!early_.empty()) inner_->Send(early_);
  early_ = {};
  if (write_closed_) inner_->CloseWrite();
}

void GateDuplex::Resume() {
  if (inner_) inner_->Resume();
}

Flow GateDuplex::Send(std::string_view bytes) {
  if (inner_) return inner_->Send(bytes);
  early_ += bytes;
  return early_.size() > kHighWater ? Flow::Wait : Flow::Go;
}

void GateDuplex::CloseWrite() {
  write_closed_ = true;
  if (inner_) inner_->CloseWrite();
}

}  // namespace lookout
