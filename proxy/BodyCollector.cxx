// SPDX-License-Identifier: Apache-2.0
#include "proxy/BodyCollector.hxx"

#include <array>

#include "proxy/Limits.hxx"

namespace lookout {

BodyCollector::BodyCollector(EventLoop &loop, std::unique_ptr<BodySource> source, size_t limit, Callback on_done)
    : source_(std::move(source)),
      limit_(limit),
      on_done_(std::move(on_done)),
      pump_(loop, [this] { Pump(); }),
      pace_(loop, [this] { Report(tl::unexpected(Fault::TimedOut)); }) {
  pump_.Schedule();
}

void BodyCollector::Pump() {
  if (auto outcome = Collect()) Report(std::move(*outcome));
}

void BodyCollector::Report(Outcome outcome) {
  pump_.Cancel();
  pace_.Stop();
  source_.reset();
  // It may destroy this.
  const auto on_done = std::move(on_done_);
  on_done(std::move(outcome));
}

std::optional<BodyCollector::Outcome> BodyCollector::Collect() {
  if (!source_) return std::move(body_);
  if (source_->Length().value_or(0) > limit_) return tl::unexpected(Fault::TooLarge);
  std::array<char, kReadSize> bytes;
  for (;;) {
    const auto chunk = source_->Read(bytes);
    switch (chunk.state) {
      case BodySource::Chunk::State::Data: break;
      case BodySource::Chunk::State::End: return std::move(body_);
      case BodySource::Chunk::State::Error: return tl::unexpected(Fault::Broken);
      case BodySource::Chunk::State::Wait:
        // Not at once: the source is in the middle of telling us.
        source_->NotifyReady([this] { pump_.Schedule(); });
        return std::nullopt;
    }
    if (chunk.size > limit_ - body_.size()) return tl::unexpected(Fault::TooLarge);
    pace_.Add(chunk.size);
    body_.append(bytes.data(), chunk.size);
  }
}

}  // namespace lookout
