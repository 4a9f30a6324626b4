// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "tunnel/Frame.hxx"
#include "tunnel/MemoryClaim.hxx"
#include "tunnel/TunnelTask.hxx"

namespace lookout {

/**
 * A tunnelled request whose answer is one `response` frame. The whole body is collected first, within what
 * the peer takes in one message and within the connection's memory; whatever cannot be delivered whole becomes
 * an `error` frame that says why.
 */
class PlainRequest final : public TunnelTask, private ResponseSink {
 public:
  PlainRequest(const TaskContext &context, std::string request_id, Request &&request);
  void Abort(std::string_view reason) override;

 private:
  void OnHead(ResponseHead head) override;
  Flow OnData(std::string_view bytes) override;
  void OnEnd() override;
  void OnError(Failure failure) override;

  /** "GET /containers/json", for error texts. */
  std::string Title() const;
  void Fail(std::string_view message);
  void FailForMemory();
  void Deliver(std::string frame);
  void ReleaseBody();

  const TaskContext context_;
  const std::string request_id_;
  const std::string method_;
  const std::string target_;
  ResponseHead head_;
  std::string body_;
  MemoryClaim memory_;
  bool finished_ = false;
  std::unique_ptr<Exchange> exchange_;
};

}  // namespace lookout
