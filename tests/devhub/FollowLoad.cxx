// SPDX-License-Identifier: Apache-2.0
#include "tests/devhub/FollowLoad.hxx"

#include <fmt/format.h>

namespace lookout::devhub {

FollowLoad::FollowLoad(LoadContext context, const JsonValue &args)
    : context_(std::move(context)),
      container_(args["container"].AsString()),
      count_(static_cast<size_t>(args["count"].AsInt().value_or(1))) {}

void FollowLoad::Send(std::string_view type, size_t part, std::string_view more) const {
  context_.send(fmt::format(R"({{"type":"{}","data":{{"requestId":"{}{}","containerId":"{}"{}}}}})", type,
                            context_.id_prefix, part, container_, more));
}

void FollowLoad::Start() {
  start_ = bench::Now();
  for (size_t i = 0; i < count_; ++i) Send("dd:container_log_request", i, R"(,"tail":0,"follow":true,"stream":true)");
}

void FollowLoad::OnFrame(uint64_t, std::string_view type, std::string_view message) {
  if (type != "dd:container_log_chunk") {
    ++failed_;
    return;
  }
  ++chunks_;
  bytes_ += message.size();
}

void FollowLoad::Stop() {
  for (size_t i = 0; i < count_; ++i) Send("dd:container_log_cancel", i, "");
  context_.finish(fmt::format(R"("requests":{},"failed":{},"seconds":{:.6f},"bytes":{})", chunks_, failed_,
                              bench::SecondsSince(start_), bytes_));
}

}  // namespace lookout::devhub
