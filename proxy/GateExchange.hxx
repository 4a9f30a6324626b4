// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "proxy/Exchange.hxx"
#include "proxy/LaterAnswer.hxx"

namespace lookout {

/** A request that is being checked, and then the exchange it becomes. */
using GateExchange = LaterAnswer<Exchange>;

/** The same for an upgrade; what the client sends meanwhile is kept for the other side. */
class GateDuplex final : public Duplex {
 public:
  void Keep(std::unique_ptr<AnswerWork> work) { work_ = std::move(work); }
  void Become(std::unique_ptr<Duplex> inner);

  void Resume() override;
  Flow Send(std::string_view bytes) override;
  void CloseWrite() override;
  size_t Unsent() const override { return inner_ ? inner_->Unsent() : early_.size(); }

 private:
  std::string early_;
  bool write_closed_ = false;
  std::unique_ptr<Duplex> inner_;
  std::unique_ptr<AnswerWork> work_;
};

}  // namespace lookout
