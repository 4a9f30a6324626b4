// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "proxy/Exchange.hxx"

namespace lookout {

/** What is needed until an answer is known; destroying it calls the answer off. */
class AnswerWork {
 public:
  virtual ~AnswerWork() = default;
};

/** An answer that is still being found, and then a ready one. `Base` is Exchange or Duplex. */
template <typename Base>
class LaterAnswer : public Base {
 public:
  void Resume() override {
    if (ready_) ready_->Resume();
  }
  void Become(std::unique_ptr<Base> ready) { ready_ = std::move(ready); }
  /** The work stays until the exchange is destroyed: an answer is given from inside of it. */
  void Keep(std::unique_ptr<AnswerWork> work) { work_ = std::move(work); }

 private:
  std::unique_ptr<Base> ready_;
  std::unique_ptr<AnswerWork> work_;
};

using LaterExchange = LaterAnswer<Exchange>;

/** For a request that asks for an upgrade and does not get it. */
class LaterDuplex final : public LaterAnswer<Duplex> {
 public:
  Flow Send(std::string_view) override { return Flow::Go; }
  void CloseWrite() override {}
  size_t Unsent() const override { return 0; }
};

}  // namespace lookout
