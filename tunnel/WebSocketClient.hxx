// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "tunnel/Dialer.hxx"
#include "tunnel/FrameBatch.hxx"
#include "tunnel/MessageJoiner.hxx"
#include "tunnel/MessageTransport.hxx"
#include "tunnel/SocketHandover.hxx"
#include "tunnel/TcpProgress.hxx"
#include "tunnel/UpgradeAnswer.hxx"
#include "tunnel/WebSocketEndpoint.hxx"

struct lws;
struct lws_protocols;

namespace lookout {

/**
 * A WebSocket connection over libwebsockets (RFC 6455, client side).
 *
 *   Dialling --socket--> Upgrading --101--> Open --Close()--> Closing --> Ended
 *       `--------------------`----------------`--- any failure ----------^
 *
 * The Dialer makes the byte stream; libwebsockets speaks TLS, HTTP and WebSocket over it, but for the frames of our
 * messages, which are a FrameBatch's. A libwebsockets connection
 * ends with exactly one WSI_DESTROY, whatever came before; that, or a failure before there was one, becomes the one
 * OnClosed, which is always called from the loop's deferred list.
 */
class WebSocketClient final : public MessageTransport {
 public:
  WebSocketClient(WebSocketEndpoint &endpoint, TransportHandler &handler);
  ~WebSocketClient() override;
  WebSocketClient(const WebSocketClient &) = delete;
  WebSocketClient &operator=(const WebSocketClient &) = delete;

  void RequestWrite() override;
  void Close(uint16_t code, std::string_view reason) override;
  void PauseReading(bool pause) override;

  /** The table that a vhost for these clients needs. */
  static const lws_protocols *Protocols();

 private:
  friend struct LwsEvents;
  enum class State { Dialling, Upgrading, Open, Closing, Ended };

  void OnDialled(tl::expected<DialedSocket, CloseInfo> result);
  void StartUpgrade(DialedSocket socket);
  void OnHandshakeLimit();

  int OnEvent(lws *wsi, int reason, void *data, size_t size);
  int OnPlaceholderConnected();
  void OnResponseHead();
  int OnEstablished();
  void OnUpgradeFailed(std::string_view text);
  void OnReceive(std::string_view piece);
  int OnWritable();
  void FillBatch();
  bool TakeMessage();
  /** False when the connection is broken. */
  bool WriteBatch();
  int SendCloseFrame();
  void OnPeerClose(std::string_view payload);
  void AppendHeaders(char *&at, size_t room) const;
  void OnException(const char *what);
  void OnDestroyed();
  void OnProbe();

  void StartClose(uint16_t code, std::string_view reason);
  void Drop();
  void SetFailure(CloseInfo::Phase phase, std::string message);
  void Finish();
  std::string Header(int token) const;

  WebSocketEndpoint &endpoint_;
  TransportHandler &handler_;
  State state_ = State::Dialling;
  lws *wsi_ = nullptr;
  std::optional<SocketHandover> handover_;
  UpgradeAnswer answer_;
  UpgradeInfo upgrade_;
  CloseInfo close_;

  MessageJoiner incoming_;
  std::optional<std::string> outgoing_;  // of which not all is in a batch yet
  size_t outgoing_offset_ = 0;
  FrameBatch batch_;               // empty between the calls of libwebsockets
  bool is_write_pending_ = false;  // libwebsockets still holds bytes of ours
  bool is_close_sent_ = false;
  uint16_t close_code_ = 0;
  std::string close_reason_;

  TcpProgress progress_;
  Timer handshake_limit_;
  Timer close_limit_;
  Timer probe_;
  Deferred finish_;
  Dialer dialer_;  // last: it may start at once, and goes first
};

}  // namespace lookout
