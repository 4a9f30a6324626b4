// SPDX-License-Identifier: Apache-2.0
#include "proxy/InboundBody.hxx"

#include <algorithm>

namespace lookout {

class InboundBody::Source final : public BodySource {
 public:
  explicit Source(InboundBody &body) : body_(&body), length_(body.length_) { body.source_ = this; }
  ~Source() override {
    if (body_ != nullptr) body_->source_ = nullptr;
  }

  std::optional<uint64_t> Length() const override { return length_; }
  Chunk Read(std::span<char> out) override {
    return body_ == nullptr ? Chunk{Chunk::State::Error, 0} : body_->Read(out);
  }
  void NotifyReady(std::function<void()> on_ready) override { on_ready_ = std::move(on_ready); }

  void Detach() { body_ = nullptr; }
  void Notify() {
    if (on_ready_) on_ready_();
  }

 private:
  InboundBody *body_;
  std::optional<uint64_t> length_;
  std::function<void()> on_ready_;
};

InboundBody::InboundBody(BodyFraming framing, BufferedStream &stream, std::function<void()> on_wait)
    : framer_(framing),
      length_(framing.kind == BodyFraming::Kind::Length ? std::optional(framing.length) : std::nullopt),
      stream_(stream),
      on_wait_(std::move(on_wait)) {}

InboundBody::~InboundBody() {
  if (source_ != nullptr) source_->Detach();
}

std::unique_ptr<BodySource> InboundBody::MakeSource() {
  return std::make_unique<Source>(*this);
}

BodySource::Chunk InboundBody::Read(std::span<char> out) {
  auto &input = stream_.Input();
  while (!broken_ && !IsDone() && !input.IsEmpty() && !out.empty()) {
    const auto step = framer_.Next(input.View().substr(0, out.size()));
    if (!step) {
      broken_ = true;
      break;
    }
    std::copy(step->body.begin(), step->body.end(), out.begin());
    const size_t size = step->body.size();
    input.Consume(step->used);
    stream_.UpdateWants();
    if (size > 0) return {BodySource::Chunk::State::Data, size};
  }
  if (broken_) return {BodySource::Chunk::State::Error, 0};
  if (IsDone()) return {BodySource::Chunk::State::End, 0};
  awaited_ = true;
  on_wait_();
  return {BodySource::Chunk::State::Wait, 0};
}

void InboundBody::OnInput() {
  if (!awaited_) return;
  awaited_ = false;
  if (source_ != nullptr) source_->Notify();
}

void InboundBody::OnBroken() {
  broken_ = true;
  OnInput();
}

void InboundBody::DiscardIfUnread() {
  if (source_ != nullptr || broken_) return;
  auto &input = stream_.Input();
  while (!IsDone() && !input.IsEmpty()) {
    const auto step = framer_.Next(input.View());
    if (!step) return OnBroken();
    input.Consume(step->used);
  }
  stream_.UpdateWants();
}

}  // namespace lookout
