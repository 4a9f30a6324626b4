// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "tunnel/Frame.hxx"
#include "tunnel/FrameWriter.hxx"
#include "tunnel/TunnelTask.hxx"

namespace lookout {

/**
 * A tunnelled request whose answer is a stream: one `response` with isStream, then `stream` frames, then one
 * `stream_end` whose reason is "complete" or says what broke (protocol: streams). The engine is read only as
 * fast as the controller takes the frames.
 */
class StreamRequest final : public TunnelTask, private ResponseSink {
 public:
  StreamRequest(const TaskContext &context, std::string request_id, Request &&request);
  void Abort(std::string_view reason) override;

 private:
  void OnHead(ResponseHead head) override;
  Flow OnData(std::string_view bytes) override;
  void OnEnd() override;
  void OnError(Failure failure) override;

  void OnQuiet();
  void End(std::string_view reason);

  const TaskContext context_;
  const std::string request_id_;
  const std::string what_;
  const PayloadFrames frames_;
  OutboundQueue::Lane lane_;
  Timer keep_alive_;
  bool head_sent_ = false;
  bool finished_ = false;
  std::unique_ptr<Exchange> exchange_;
};

}  // namespace lookout
