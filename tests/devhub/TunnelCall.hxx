// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/EventLoop.hxx"
#include "base/JsonValue.hxx"
#include "proxy/Exchange.hxx"
#include "tests/devhub/HubOptions.hxx"

namespace lookout::devhub {

class AgentSession;

/**
 * One HTTP request of a local client, carried to the agent in a `request` frame and back. Failures become a 502
 * with the reason as JSON, as at the controller's bridge; unlike there, streamed data is passed on as it comes.
 */
class TunnelCall final : public Exchange {
 public:
  /** `session` may be null: nobody is connected. */
  TunnelCall(EventLoop &loop, const HubLimits &limits, AgentSession *session, Request request, ResponseSink &sink);
  ~TunnelCall() override;
  TunnelCall(const TunnelCall &) = delete;
  TunnelCall &operator=(const TunnelCall &) = delete;

  void Resume() override;

  /** From the session, by frame type. */
  void OnResponse(const JsonValue &data);
  void OnStream(const JsonValue &data);
  void OnStreamEnd();
  void OnErrorFrame(const std::string &message);
  /** Once, when the session ends; it is not used any more after that. */
  void OnSessionEnded();

 private:
  void ReadBody();
  void SendRequest();
  std::string MakeRequestData() const;
  void Complete(int status, HeaderList headers, std::string_view body);
  void Fail(int status, const std::string &message);
  void Detach();
  void PassOn(std::string_view bytes);
  void SetHeld(bool held);

  EventLoop &loop_;
  const HubLimits &limits_;
  AgentSession *session_;
  Request request_;
  ResponseSink &sink_;
  const bool is_stream_;
  std::string body_;
  std::string id_;
  size_t streamed_ = 0;
  bool head_sent_ = false;
  bool done_ = false;
  bool held_ = false;
  Deferred reader_;
  Timer timer_;
};

}  // namespace lookout::devhub
