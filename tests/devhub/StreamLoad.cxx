// SPDX-License-Identifier: Apache-2.0
#include "tests/devhub/StreamLoad.hxx"

#include <fmt/format.h>

#include "base/Base64.hxx"
#include "base/Strings.hxx"
#include "tests/devhub/RequestLoad.hxx"

namespace lookout::devhub {

namespace {

/** The base64 text of a `stream` frame of our agent: the last member, "data". */
std::string_view PayloadOf(std::string_view message) {
  constexpr std::string_view kKey = "\"data\":\"";
  constexpr std::string_view kEnd = "\"}}";
  const size_t at = message.substr(0, 256).rfind(kKey);
  if (at == std::string_view::npos || !message.ends_with(kEnd)) return {};
  message.remove_suffix(kEnd.size());
  return message.substr(at + kKey.size());
}

size_t DecodedSize(std::string_view base64) {
  size_t size = base64.size() / 4 * 3;
  if (base64.ends_with('=')) size -= base64.ends_with("==") ? 2 : 1;
  return size;
}

}  // namespace

StreamLoad::StreamLoad(LoadContext context, const JsonValue &args)
    : context_(std::move(context)),
      target_(args["target"].AsString()),
      bytes_per_second_(args["bytes_per_second"].AsInt().value_or(0)),
      pause_(context_.loop, [this] { SetHeld(false); }) {
  if (args["hash"].AsBool().value_or(false)) digest_.emplace();
}

void StreamLoad::Start() {
  start_ = bench::Now();
  context_.send(MakeLoadRequest(context_, 0, target_));
}

void StreamLoad::OnFrame(uint64_t, std::string_view type, std::string_view message) {
  if (type == "stream") return OnPayload(message);
  if (type == "stream_end")
    return Finish(message.find("\"complete\"") == std::string_view::npos ? "broken" : "complete");
  if (type == "error") Finish("error");
}

void StreamLoad::OnPayload(std::string_view message) {
  const std::string_view payload = PayloadOf(message);
  const size_t size = DecodedSize(payload);
  ++frames_;
  bytes_ += size;
  if (digest_) digest_->Add(Base64Decode(payload).value_or(""));
  if (bytes_per_second_ == 0 || size == 0) return;
  SetHeld(true);
  // From the start of the whole, so that late timers do not add up.
  const Duration due = std::chrono::nanoseconds(bytes_ * 1'000'000'000 / static_cast<uint64_t>(bytes_per_second_));
  pause_.Arm(start_ + due - bench::Now());
}

void StreamLoad::SetHeld(bool held) {
  is_held_ = held;
  context_.outlet.SetHold(context_.id_prefix, held);
}

void StreamLoad::Finish(std::string_view reason) {
  if (is_held_) SetHeld(false);
  pause_.Cancel();
  const Sha256Digest digest = digest_ ? digest_->Finish() : Sha256Digest{};
  context_.finish(fmt::format(R"("bytes":{},"frames":{},"seconds":{:.6f},"reason":"{}","sha256":"{}")", bytes_, frames_,
                              bench::SecondsSince(start_), reason, digest_ ? ToHex(ViewOf(digest)) : ""));
}

}  // namespace lookout::devhub
