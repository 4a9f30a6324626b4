// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "base/LwsContext.hxx"
#include "tunnel/ControllerUrl.hxx"
#include "tunnel/MessageJoiner.hxx"
#include "tunnel/MessageTransport.hxx"

struct lws;
struct lws_protocols;
struct lws_vhost;

namespace lookout::bench {

/**
 * A WebSocket as libwebsockets has it: it connects, frames, masks and writes. What the agent does better or worse than
 * that shows beside it. Over TLS it believes any certificate.
 */
class LwsTransport final : public MessageTransport {
 public:
  LwsTransport(LwsContext &context, const ControllerUrl &url, const std::string &path, TransportHandler &handler);
  ~LwsTransport() override;
  LwsTransport(const LwsTransport &) = delete;
  LwsTransport &operator=(const LwsTransport &) = delete;

  void RequestWrite() override;
  /** Nobody says goodbye here. */
  void Close(uint16_t, std::string_view) override {}
  void PauseReading(bool) override {}

 private:
  friend struct TwinEvents;

  static const lws_protocols *Protocols();
  int OnEvent(lws *wsi, int reason, std::string_view bytes);
  int OnWritable();

  TransportHandler &handler_;
  lws_vhost *vhost_;
  lws *wsi_ = nullptr;
  bool is_open_ = false;
  MessageJoiner incoming_;
  std::string buffer_;
};

}  // namespace lookout::bench
