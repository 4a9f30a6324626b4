// SPDX-License-Identifier: Apache-2.0
#include "proxy/HeldBody.hxx"

#include <array>

namespace lookout {

namespace {

using Fault = HeldBody::Fault;

/** A body that has been read, in memory or in a file, until somebody has taken all of it. */
class KeptBody final : public BodySource {
 public:
  KeptBody(HeldPlaces::Place place, std::string bytes)
      : place_(std::move(place)), size_(bytes.size()), memory_(std::move(bytes)) {}
  KeptBody(HeldPlaces::Place place, HeldPlaces::Place file_place, SpoolFile file, size_t size)
      : place_(std::move(place)), file_place_(std::move(file_place)), size_(size), file_(std::move(file)) {}

  std::optional<uint64_t> Length() const override { return size_; }
  Chunk Read(std::span<char> out) override {
    if (at_ == size_) return {Chunk::State::End, 0};
    out = out.first(std::min(out.size(), size_ - at_));
    const auto got = file_ ? file_->ReadAt(at_, out) : memory_.copy(out.data(), out.size(), at_);
    if (!got || *got == 0) return {Chunk::State::Error, 0};
    at_ += *got;
    if (at_ == size_) Release();
    return {Chunk::State::Data, *got};
  }
  void NotifyReady(std::function<void()>) override {}

 private:
  /** The answer may take days. */
  void Release() {
    memory_ = {};
    file_.reset();
    file_place_.reset();
    place_.reset();
  }

  std::optional<HeldPlaces::Place> place_;
  std::optional<HeldPlaces::Place> file_place_;
  const size_t size_;
  std::string memory_;
  std::optional<SpoolFile> file_;
  size_t at_ = 0;
};

Fault TooLarge() {
  return {Fault::Kind::TooLarge, "over 64 MiB"};
}

}  // namespace

HeldBody::HeldBody(EventLoop &loop, HeldBodyRoom &room, const IpAddress &client, std::unique_ptr<BodySource> source,
                   Callback on_done)
    : room_(room),
      client_(client),
      place_(room.bodies.TryTake(client)),
      source_(std::move(source)),
      on_done_(std::move(on_done)),
      pump_(loop, [this] { Pump(); }),
      pace_(loop, [this] {
        Report(tl::unexpected(Fault{Fault::Kind::TimedOut, "it came too slowly"}));
      }) {
  pump_.Schedule();
}

void HeldBody::Pump() {
  if (auto outcome = Collect()) Report(std::move(*outcome));
}

void HeldBody::Report(Outcome outcome) {
  pump_.Cancel();
  pace_.Stop();
  source_.reset();
  // It may destroy this.
  const auto on_done = std::move(on_done_);
  on_done(std::move(outcome));
}

std::optional<HeldBody::Outcome> HeldBody::Collect() {
  if (!place_) return tl::unexpected(Fault{Fault::Kind::NoRoom, "too many bodies are held"});
  if (source_->Length().value_or(0) > kMaxHeldBody) return tl::unexpected(TooLarge());
  std::array<char, kReadSize> bytes;
  for (;;) {
    const auto chunk = source_->Read(bytes);
    switch (chunk.state) {
      case BodySource::Chunk::State::Data: break;
      case BodySource::Chunk::State::End: return Finish();
      case BodySource::Chunk::State::Error: return tl::unexpected(Fault{Fault::Kind::Broken, "it broke off"});
      case BodySource::Chunk::State::Wait:
        // Not at once: the source is in the middle of telling us.
        source_->NotifyReady([this] { pump_.Schedule(); });
        return std::nullopt;
    }
    if (auto fault = Keep({bytes.data(), chunk.size})) return tl::unexpected(std::move(*fault));
  }
}

std::optional<Fault> HeldBody::Keep(std::string_view bytes) {
  if (bytes.size() > kMaxHeldBody - size_) return TooLarge();
  size_ += bytes.size();
  pace_.Add(bytes.size());
  digest_.Add(bytes);
  if (!file_ && size_ > kMaxHeldInMemory) {
    if (auto fault = MoveToFile()) return fault;
  }
  if (!file_) {
    memory_ += bytes;
  } else if (const auto appended = file_->Append(bytes); !appended) {
    return Fault{Fault::Kind::NoRoom, appended.error().message};
  }
  return std::nullopt;
}

std::optional<Fault> HeldBody::MoveToFile() {
  file_place_ = room_.files.TryTake(client_);
  if (!file_place_) return Fault{Fault::Kind::NoRoom, "too many large bodies are held"};
  auto file = SpoolFile::Create(room_.directories);
  if (!file) return Fault{Fault::Kind::NoRoom, file.error().message};
  file_ = std::move(*file);
  if (const auto appended = file_->Append(memory_); !appended) {
    return Fault{Fault::Kind::NoRoom, appended.error().message};
  }
  memory_ = {};
  return std::nullopt;
}

HeldBody::Whole HeldBody::Finish() {
  const auto digest = digest_.Finish();
  if (!file_) return {digest, std::make_unique<KeptBody>(std::move(*place_), std::move(memory_))};
  return {digest, std::make_unique<KeptBody>(std::move(*place_), std::move(*file_place_), std::move(*file_), size_)};
}

}  // namespace lookout
