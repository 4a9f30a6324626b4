// SPDX-License-Identifier: Apache-2.0
#include "proxy/ReadyAnswer.hxx"

namespace lookout {

namespace {

constexpr size_t kPiece = 64 * 1024;

/** Exchange and Duplex differ in their base and in their sink only. */
template <typename Base, typename Sink>
class Ready : public Base {
 public:
  Ready(EventLoop &loop, Sink &sink, ReadyOutcome outcome)
      : sink_(sink), outcome_(std::move(outcome)), step_(loop, [this] { Step(); }) {
    step_.Schedule();
  }

  void Resume() override {
    if (waiting_) step_.Schedule();
    waiting_ = false;
  }

 private:
  void Step() {
    if (auto *const failure = std::get_if<Failure>(&outcome_)) return sink_.OnError(std::move(*failure));
    auto &response = std::get<FullResponse>(outcome_);
    if (!head_sent_) {
      head_sent_ = true;
      sink_.OnHead(std::move(response.head));
    }
    while (sent_ < response.body.size()) {
      const auto piece = std::string_view(response.body).substr(sent_, kPiece);
      sent_ += piece.size();
      waiting_ = sink_.OnData(piece) == Flow::Wait;
      if (waiting_) return;
    }
    sink_.OnEnd();
  }

  Sink &sink_;
  ReadyOutcome outcome_;
  Deferred step_;
  bool head_sent_ = false;
  size_t sent_ = 0;
  bool waiting_ = false;
};

class ReadyExchange final : public Ready<Exchange, ResponseSink> {
  using Ready::Ready;
};

class ReadyDuplex final : public Ready<Duplex, DuplexSink> {
 public:
  using Ready::Ready;
  // Nobody is there to read what the asker sends.
  Flow Send(std::string_view) override { return Flow::Go; }
  void CloseWrite() override {}
  size_t Unsent() const override { return 0; }
};

}  // namespace

FullResponse MakeResponse(int status, std::string_view content_type, std::string body) {
  FullResponse response;
  response.head.status = status;
  response.head.reason = ReasonPhrase(status);
  response.head.headers.Add("Content-Type", content_type);
  response.head.headers.Add("Content-Length", std::to_string(body.size()));
  response.body = std::move(body);
  return response;
}

FullResponse MakeTextResponse(int status, std::string_view line) {
  auto response = MakeResponse(status, "text/plain; charset=utf-8", std::string(line) + "\n");
  response.head.headers.Add("X-Content-Type-Options", "nosniff");
  return response;
}

FullResponse MakeJsonResponse(int status, std::string json) {
  return MakeResponse(status, "application/json", std::move(json));
}

FullResponse MakeMethodNotAllowed(std::string_view allowed) {
  auto response = MakeTextResponse(405, "method not allowed");
  response.head.headers.Add("Allow", allowed);
  return response;
}

FullResponse MakeNoUpgradeResponse() {
  return MakeTextResponse(400, "this route does not switch protocols");
}

std::unique_ptr<Exchange> MakeReadyExchange(EventLoop &loop, ResponseSink &sink, ReadyOutcome outcome) {
  return std::make_unique<ReadyExchange>(loop, sink, std::move(outcome));
}

std::unique_ptr<Duplex> MakeReadyDuplex(EventLoop &loop, DuplexSink &sink, ReadyOutcome outcome) {
  return std::make_unique<ReadyDuplex>(loop, sink, std::move(outcome));
}

}  // namespace lookout
