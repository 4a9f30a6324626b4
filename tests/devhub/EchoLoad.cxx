// SPDX-License-Identifier: Apache-2.0
#include "tests/devhub/EchoLoad.hxx"

#include <fmt/format.h>

namespace lookout::devhub {

EchoLoad::EchoLoad(LoadContext context, const JsonValue &args)
    : context_(std::move(context)),
      container_(args["container"].AsString()),
      interval_(std::chrono::milliseconds(args["interval_ms"].AsInt().value_or(100))),
      echoes_(static_cast<size_t>(args["echoes"].AsInt().value_or(1))),
      typists_(static_cast<size_t>(args["count"].AsInt().value_or(1))) {}

void EchoLoad::Start() {
  start_ = bench::Now();
  for (size_t i = 0; i < typists_.size(); ++i) {
    typists_[i].timer = std::make_unique<Timer>(context_.loop, [this, i] { Type(i); });
    context_.send(fmt::format(
        R"({{"type":"exec_start","data":{{"execId":"{}{}","containerId":"{}","cmd":["cat"],"cols":80,"rows":24,"tty":true}}}})",
        context_.id_prefix, i, container_));
  }
}

void EchoLoad::OnFrame(uint64_t part, std::string_view type, std::string_view) {
  if (part >= typists_.size()) return;
  // Nobody types in step with the others.
  if (type == "exec_ready") typists_[part].timer->Arm(interval_ * part / typists_.size());
  if (type == "exec_output") OnEcho(part);
  if (type == "exec_end") OnEnded(typists_[part]);
}

void EchoLoad::Type(size_t part) {
  typists_[part].sent = bench::Now();
  context_.send(fmt::format(R"({{"type":"exec_input","data":{{"execId":"{}{}","data":"bHMgLWxhCg=="}}}})",
                            context_.id_prefix, part));
}

void EchoLoad::OnEcho(size_t part) {
  Typist &typist = typists_[part];
  latencies_.Add(typist.sent);
  ++total_;
  if (++typist.echoes < echoes_) return typist.timer->Arm(typist.sent + interval_ - bench::Now());
  context_.send(fmt::format(R"({{"type":"exec_end","data":{{"execId":"{}{}"}}}})", context_.id_prefix, part));
}

void EchoLoad::OnEnded(Typist &typist) {
  if (std::exchange(typist.is_over, true)) return;
  typist.timer->Cancel();
  if (typist.echoes < echoes_) ++failed_;
  if (++ended_ == typists_.size()) Stop();
}

void EchoLoad::Stop() {
  context_.finish(fmt::format(R"("requests":{},"failed":{},"seconds":{:.6f},"p50_us":{},"p99_us":{})", total_, failed_,
                              bench::SecondsSince(start_), latencies_.Micros(0.5), latencies_.Micros(0.99)));
}

}  // namespace lookout::devhub
