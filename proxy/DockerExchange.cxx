// SPDX-License-Identifier: Apache-2.0
#include "proxy/DockerExchange.hxx"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <exception>

#include "base/Strings.hxx"
#include "proxy/ConnectError.hxx"
#include "proxy/CurlRequest.hxx"

namespace lookout {

DockerExchange::DockerExchange(CurlMulti &multi, const std::string &socket_path, Request &&request,
                               const Deadlines &deadlines, ResponseSink &sink)
    : socket_path_(socket_path),
      method_(request.head.method),
      path_(request.head.Path()),
      sink_(sink),
      body_(std::move(request.body)),
      begin_(multi.Loop(), [this] { Begin(); }),
      finish_(multi.Loop(), [this] { Finish(); }),
      deadlines_(multi.Loop(), deadlines, [this](const std::string &what) { OnExpired(what); }),
      transfer_(multi, *this) {
  BodyShape shape;
  if (body_) {
    body_left_ = body_->Length();
    shape = {true, body_left_};
    body_->NotifyReady([this] { OnBodyReady(); });
  }
  transfer_.Easy().SetUnixSocketPath(socket_path_);
  SetUpRequest(transfer_.Easy(), std::move(request.head), shape);
  begin_.Schedule();
}

void DockerExchange::Begin() {
  deadlines_.Start();
  try {
    transfer_.Start();
  } catch (const std::exception &error) {
    failure_ = Fail(Failure::Kind::Broken, error.what());
    finish_.Schedule();
  }
}

void DockerExchange::OnConnected() {
  deadlines_.OnConnected();
}

bool DockerExchange::OnHeaderLine(std::string_view line) {
  const auto step = head_.Feed(line);
  if (!step) {
    failure_ = Fail(step.error().kind, step.error().message);
    return false;
  }
  deadlines_.OnActivity();
  if (*step) sink_.OnHead(head_.Take());
  return true;
}

CurlHandler::Take DockerExchange::OnBody(std::string_view bytes) {
  if (sink_waits_) return Take::Pause;
  deadlines_.OnActivity();
  sink_waits_ = sink_.OnData(bytes) == Flow::Wait;
  UpdateWatch();
  return Take::Taken;
}

void DockerExchange::Resume() {
  if (!sink_waits_) return;
  sink_waits_ = false;
  UpdateWatch();
  if (finished_) {
    finish_.Schedule();
  } else {
    transfer_.ResumeReceiving();
  }
}

BodySource::Chunk DockerExchange::OnSend(std::span<char> out) {
  if (!body_ || body_left_ == 0U) return {};
  if (body_left_) out = out.first(static_cast<size_t>(std::min<uint64_t>(out.size(), *body_left_)));
  const auto chunk = body_->Read(out);
  switch (chunk.state) {
    case BodySource::Chunk::State::Data:
      if (body_left_) *body_left_ -= chunk.size;
      break;
    case BodySource::Chunk::State::Wait:
      body_waits_ = true;
      UpdateWatch();
      break;
    case BodySource::Chunk::State::End:
      if (body_left_) return RefuseBody(fmt::format("the request's body ended {} bytes early", *body_left_));
      break;
    case BodySource::Chunk::State::Error: return RefuseBody("the request's body broke off");
  }
  return chunk;
}

BodySource::Chunk DockerExchange::RefuseBody(const std::string &why) {
  failure_ = Fail(Failure::Kind::BadRequest, why);
  return {BodySource::Chunk::State::Error, 0};
}

void DockerExchange::OnBodyReady() {
  if (!body_waits_) return;
  body_waits_ = false;
  UpdateWatch();
  transfer_.ResumeSending();
}

void DockerExchange::UpdateWatch() {
  if (finished_) return;
  if (sink_waits_ || body_waits_) {
    deadlines_.Pause();
  } else {
    deadlines_.Continue();
  }
}

void DockerExchange::OnDone(const CurlResult &result) {
  deadlines_.Stop();
  finished_ = true;
  if (!failure_ && !(result.kind == CurlResult::Kind::Done && head_.IsComplete())) failure_ = Explain(result);
  if (failure_ || !sink_waits_) Finish();
}

void DockerExchange::OnExpired(const std::string &what) {
  transfer_.Cancel();
  finished_ = true;
  failure_ = Fail(Failure::Kind::TimedOut, what);
  Finish();
}

void DockerExchange::Finish() {
  if (failure_) {
    sink_.OnError(std::move(*failure_));
  } else {
    const auto trailers = head_.TakeTrailers();
    if (trailers.Size() > 0) sink_.OnTrailers(trailers);
    sink_.OnEnd();
  }
}

Failure DockerExchange::Explain(const CurlResult &result) const {
  const bool never_connected = result.kind == CurlResult::Kind::NoConnection || result.os_errno == ENOTCONN;
  // libcurl takes EAGAIN, which a unix socket gives when its queue is full, for a connection under way, and forgets it.
  const int error = result.os_errno == 0 ? EAGAIN : result.os_errno;
  if (never_connected) return Fail(Failure::Kind::Unreachable, DescribeConnectError(error));
  const auto *const when = head_.IsComplete() ? "the answer broke off: " : "no answer: ";
  return Fail(Failure::Kind::Broken, when + result.text);
}

Failure DockerExchange::Fail(Failure::Kind kind, std::string_view text) const {
  return {kind, fmt::format("sending Docker API request {} {}: {} (socket {})", method_, Printable(path_), text,
                            Printable(socket_path_))};
}

}  // namespace lookout
