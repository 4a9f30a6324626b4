// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "proxy/Exchange.hxx"

namespace lookout {

/** The test's end of a PushBody; stays valid when the body is gone. */
struct PushBodyState {
  std::string waiting;
  BodySource::Chunk::State at_end = BodySource::Chunk::State::Wait;
  std::function<void()> on_ready;
  size_t taken = 0;

  void Push(std::string_view bytes) {
    waiting += bytes;
    if (on_ready) on_ready();
  }
  void Finish(BodySource::Chunk::State state = BodySource::Chunk::State::End) {
    at_end = state;
    if (on_ready) on_ready();
  }
};

/** A request body that comes when the test says so. */
class PushBody final : public BodySource {
 public:
  PushBody(std::shared_ptr<PushBodyState> state, std::optional<uint64_t> length)
      : state_(std::move(state)), length_(length) {}
  ~PushBody() override { state_->on_ready = nullptr; }

  std::optional<uint64_t> Length() const override { return length_; }
  Chunk Read(std::span<char> out) override {
    if (state_->waiting.empty()) return {state_->at_end, 0};
    const size_t size = std::min(out.size(), state_->waiting.size());
    std::copy_n(state_->waiting.data(), size, out.data());
    state_->waiting.erase(0, size);
    state_->taken += size;
    return {Chunk::State::Data, size};
  }
  void NotifyReady(std::function<void()> on_ready) override { state_->on_ready = std::move(on_ready); }

 private:
  std::shared_ptr<PushBodyState> state_;
  std::optional<uint64_t> length_;
};

}  // namespace lookout
