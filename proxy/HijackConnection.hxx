// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/EventLoop.hxx"
#include "proxy/BodyFramer.hxx"
#include "proxy/BufferedStream.hxx"
#include "proxy/Exchange.hxx"
#include "proxy/HeadReader.hxx"
#include "proxy/HttpParser.hxx"
#include "proxy/Limits.hxx"
#include "proxy/StreamConnector.hxx"

namespace lookout {

struct HijackOptions {
  /** In messages: "sending Docker API request POST /x: ... (socket /run/docker.sock)". */
  std::string what = "Docker API request";
  std::string where;
  std::string host = "localhost";
  Duration connect = kHijackDeadline;
  /** For the answer's head once the request is written; zero is no limit. */
  Duration head = kHijackDeadline;
  /** False: an ordinary request, and a 101 is a failure. */
  bool is_upgrade = true;
};

/**
 * One upgrade request to a server over a connection of its own, and after 101 the raw connection (docker exec, attach,
 * /session). libcurl cannot do this: it loses the write direction.
 *
 * The request goes out with its body, then `Connection: Upgrade` and the asker's Upgrade value, or "tcp". Bytes
 * given to Send() are held back until the 101 has come, because an engine drops what arrives together with the
 * request. The head of a 101 is passed on with its Upgrade and Connection fields; that of any other status without
 * hop-by-hop fields, and its body without framing. When the server no longer takes our bytes after a 101, they are
 * dropped, and its end of the stream, which follows, is the only sign of it.
 */
class HijackConnection final : public Duplex, private BufferedStreamUser {
 public:
  HijackConnection(EventLoop &loop, std::unique_ptr<StreamConnector> connector, HijackOptions options,
                   Request &&request, DuplexSink &sink);
  /** To the engine on this unix socket, within the request's deadline for connecting. */
  HijackConnection(EventLoop &loop, const std::string &socket_path, Request &&request, DuplexSink &sink);
  ~HijackConnection() override;

  void Resume() override;
  Flow Send(std::string_view bytes) override;
  void CloseWrite() override;
  size_t Unsent() const override;

 private:
  enum class Phase {
    Connecting,
    AwaitHead,
    Body,      // of an answer other than 101
    Raw,       // both directions open, or only theirs
    HalfOpen,  // their end has been delivered, ours may go on
    Ended,
  };

  bool IsSwitched() const { return phase_ == Phase::Raw || phase_ == Phase::HalfOpen; }
  void Connect();
  void OnConnected(StreamConnector::Outcome outcome);
  void SendRequest();
  void PumpBody();
  bool PumpBodyOnce();
  void WriteBody(std::string_view bytes);
  void EndBody();
  void ArmDeadline();
  void OnDeadline();

  void OnInput() override { Deliver(); }
  void OnInputEnd(int error) override;
  void OnOutput() override;
  void OnOutputError(int error) override;

  void Deliver();
  void ReadHead();
  void OnFinalHead(ResponseMessage message);
  void OpenRaw();
  void DeliverRaw();
  void DeliverBody();
  void DeliverEnd();
  void Emit(std::string_view bytes);
  void Finish();
  void FailWith(Failure::Kind kind, std::string_view text);

  EventLoop &loop_;
  const std::unique_ptr<StreamConnector> connector_;
  const HijackOptions options_;
  const std::string title_;
  Request request_;
  DuplexSink &sink_;
  Phase phase_ = Phase::Connecting;
  std::unique_ptr<BufferedStream> stream_;
  HeadReader head_reader_;
  unsigned interim_answers_ = 0;
  std::optional<BodyFramer> framer_;
  std::optional<uint64_t> body_left_;  // unset: sent in chunks
  bool body_sent_ = false;
  ByteBuffer held_;  // Send() before the 101
  bool close_requested_ = false;
  bool sender_waits_ = false;
  bool paused_ = false;
  bool input_ended_ = false;
  int input_error_ = 0;
  Deferred step_;
  Timer pump_;
  Timer deadline_;
};

}  // namespace lookout
