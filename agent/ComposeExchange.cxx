// SPDX-License-Identifier: Apache-2.0
#include "agent/ComposeExchange.hxx"

#include <fmt/core.h>

#include "proxy/TargetQuery.hxx"

namespace lookout {

ComposeExchange::ComposeExchange(ComposeRoute &route, Request request, ResponseSink &sink)
    : route_(route),
      sink_(sink),
      audit_(MakeAuditRecord("compose_op", request)),
      wants_progress_(FindQueryParameter(request.head.Query(), "progress") == "stream"),
      collector_(route.context_.loop, std::move(request.body), ComposeRoute::kMaxBody,
                 [this](auto body) { OnBody(std::move(body)); }) {
  ++route_.operations_;
}

ComposeExchange::~ComposeExchange() {
  // First the tool, so that it has ended when another operation may begin.
  run_.reset();
  if (ticket_) WriteAudit("cancelled", "the asker went away");
  --route_.operations_;
}

void ComposeExchange::Resume() {
  if (answer_) return answer_->Resume();
  if (progress_) progress_->Resume();
  if (run_) run_->SetPaused(false);
}

void ComposeExchange::OnBody(tl::expected<std::string, BodyCollector::Fault> body) {
  if (!body) {
    const bool is_large = body.error() == BodyCollector::Fault::TooLarge;
    return Answer(is_large ? MakeTextResponse(413, "request body too large (the limit is 32 MiB)")
                           : MakeTextResponse(400, "the request body broke off"));
  }
  auto request = ParseComposeRequest(*body, route_.context_.settings.rules);
  if (request) return Begin(std::move(*request));
  if (request.error().is_malformed) return Answer(MakeTextResponse(400, request.error().message));
  WriteAudit("error", request.error().message);
  Answer(MakeJsonResponse(200, FormatComposeResult(ComposeResult::Failed(request.error().message))));
}

void ComposeExchange::Begin(ComposeRequest request) {
  audit_.operation = NameOf(request.operation);
  audit_.stack = request.stack_name;
  ticket_ = route_.journal_.Begin(request);
  if (!ticket_) {
    const auto text =
        fmt::format("stack {} is busy: {}", request.stack_name, route_.journal_.DescribeRunning(request.directory));
    WriteAudit("denied", text);
    return Answer(MakeTextResponse(409, text));
  }
  if (wants_progress_) progress_ = std::make_unique<ComposeProgress>(route_.context_.loop, sink_);
  ComposeRun::Listener &self = *this;
  run_ = std::make_unique<ComposeRun>(route_.context_, std::move(request), self);
}

void ComposeExchange::OnOutput(bool is_error_stream, std::string_view bytes) {
  output_.Add(is_error_stream, bytes);
  if (progress_ && progress_->Add(is_error_stream, bytes) == Flow::Wait) run_->SetPaused(true);
}

void ComposeExchange::OnDone(bool success, std::string error) {
  const ComposeResult result{success, output_.Take(), std::move(error)};
  run_.reset();
  WriteAudit(success ? "allowed" : "error", result.error);
  ticket_->End(result);
  ticket_.reset();
  if (progress_) return progress_->End(result);
  Answer(MakeJsonResponse(200, FormatComposeResult(result)));
}

void ComposeExchange::Answer(FullResponse response) {
  answer_ = MakeReadyExchange(route_.context_.loop, sink_, std::move(response));
}

void ComposeExchange::WriteAudit(std::string_view outcome, const std::string &reason) {
  audit_.outcome = outcome;
  audit_.reason = reason;
  route_.audit_.Add(audit_);
}

}  // namespace lookout
