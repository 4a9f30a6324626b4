// SPDX-License-Identifier: Apache-2.0
#include "tests/support/ScriptedHandler.hxx"

#include <array>

namespace lookout {

class ScriptedHandler::Held final : public Duplex {
 public:
  Held(ScriptedHandler &handler, std::shared_ptr<Call> call)
      : handler_(handler), call_(std::move(call)), start_(handler.loop_, [this] { Start(); }) {
    start_.Schedule();
  }
  ~Held() override {
    call_->gone = true;
    call_->request.body.reset();
  }

  void Resume() override { ++call_->resumed; }
  Flow Send(std::string_view bytes) override {
    call_->sent += bytes;
    return call_->send_flow;
  }
  void CloseWrite() override { call_->write_closed = true; }
  size_t Unsent() const override { return call_->unsent; }

 private:
  void Start() {
    if (handler_.on_call) handler_.on_call(*call_);
    if (call_->request.body) call_->request.body->NotifyReady([this] { Pump(); });
    Pump();
  }

  void Pump() {
    if (call_->hold_body || call_->body_ended || call_->body_broken) return;
    call_->ReadBody();
    if (call_->body_ended && handler_.on_body) handler_.on_body(*call_);
  }

  ScriptedHandler &handler_;
  std::shared_ptr<Call> call_;
  Deferred start_;
};

std::unique_ptr<Exchange> ScriptedHandler::Handle(Request &&request, ResponseSink &sink) {
  calls.push_back(std::make_shared<Call>());
  calls.back()->request = std::move(request);
  calls.back()->sink = &sink;
  return std::make_unique<Held>(*this, calls.back());
}

std::unique_ptr<Duplex> ScriptedHandler::Open(Request &&request, DuplexSink &sink) {
  calls.push_back(std::make_shared<Call>());
  calls.back()->request = std::move(request);
  calls.back()->duplex = &sink;
  return std::make_unique<Held>(*this, calls.back());
}

void ScriptedHandler::Call::ReadBody() {
  if (!request.body) body_ended = true;
  while (!body_ended && !body_broken) {
    std::array<char, 4096> block{};
    const auto chunk = request.body->Read(block);
    if (chunk.state == BodySource::Chunk::State::Wait) return;
    if (chunk.state == BodySource::Chunk::State::Data) body.append(block.data(), chunk.size);
    body_ended = chunk.state == BodySource::Chunk::State::End;
    body_broken = chunk.state == BodySource::Chunk::State::Error;
  }
}

void ScriptedHandler::Call::Head(int status, HeaderList headers) {
  ResponseHead head{status, "", std::move(headers)};
  if (sink != nullptr) {
    sink->OnHead(std::move(head));
  } else {
    duplex->OnHead(std::move(head));
  }
}

void ScriptedHandler::Call::Answer(int status, std::string_view text) {
  Head(status, {{"Content-Length", std::to_string(text.size())}});
  if (sink != nullptr) {
    if (!text.empty()) sink->OnData(text);
    sink->OnEnd();
  } else {
    if (!text.empty()) duplex->OnData(text);
    duplex->OnEnd();
  }
}

}  // namespace lookout
