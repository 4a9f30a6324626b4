// SPDX-License-Identifier: Apache-2.0
#include "tests/devhub/RequestLoad.hxx"

#include <fmt/format.h>

namespace lookout::devhub {

std::string MakeLoadRequest(const LoadContext &context, uint64_t part, std::string_view target) {
  return fmt::format(R"({{"type":"request","data":{{"requestId":"{}{}","method":"GET","path":"{}","headers":{{}}}}}})",
                     context.id_prefix, part, target);
}

RequestLoad::RequestLoad(LoadContext context, const JsonValue &args)
    : context_(std::move(context)),
      target_(args["target"].AsString()),
      in_flight_(static_cast<size_t>(args["in_flight"].AsInt().value_or(1))),
      total_(static_cast<size_t>(args["total"].AsInt().value_or(1))) {
  sent_.reserve(total_);
}

void RequestLoad::Start() {
  start_ = bench::Now();
  for (size_t i = 0; i < in_flight_; ++i) SendNext();
}

void RequestLoad::SendNext() {
  if (sent_.size() == total_) return;
  const std::string frame = MakeLoadRequest(context_, sent_.size(), target_);
  sent_.push_back(bench::Now());
  context_.send(frame);
}

void RequestLoad::OnFrame(uint64_t part, std::string_view type, std::string_view message) {
  if (type == "response" && part < sent_.size()) {
    latencies_.Add(sent_[part]);
  } else {
    ++failed_;
  }
  bytes_ += message.size();
  if (++done_ == total_) return Stop();
  SendNext();
}

void RequestLoad::Stop() {
  context_.finish(fmt::format(R"("requests":{},"failed":{},"seconds":{:.6f},"bytes":{},"p50_us":{},"p99_us":{})", done_,
                              failed_, bench::SecondsSince(start_), bytes_, latencies_.Micros(0.5),
                              latencies_.Micros(0.99)));
}

}  // namespace lookout::devhub
