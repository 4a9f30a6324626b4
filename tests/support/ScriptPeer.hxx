// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/UniqueFd.hxx"

struct ssl_ctx_st;
struct ssl_st;

namespace lookout {

/** One WebSocket frame as it was on the wire, unmasked. */
struct WsFrame {
  int opcode = 0;  // 1 text, 2 binary, 0 continuation, 8 close, 9 ping, 10 pong
  bool is_final = true;
  bool is_masked = false;
  std::string payload;
};

/**
 * The server's side of one connection, blocking, for a thread of its own. It speaks just enough TLS, HTTP and
 * WebSocket to send anything, right or wrong. Every read fails after 10 s.
 */
class ScriptPeer {
 public:
  explicit ScriptPeer(UniqueFd fd);
  ~ScriptPeer();
  ScriptPeer(const ScriptPeer &) = delete;
  ScriptPeer &operator=(const ScriptPeer &) = delete;

  int Fd() const { return fd_.Get(); }
  /** Server side of the handshake; false when the client ends it. */
  bool StartTls(ssl_ctx_st *context);
  /** The name in the client's SNI, "" for none. */
  std::string SniName() const;

  bool Write(std::string_view bytes);
  /** Exactly `size` bytes, or what came before the end. */
  std::string Read(size_t size);
  /** A request or response head including its blank line; "" when the connection ends before. */
  std::string ReadHead();
  /** Reads an upgrade request and accepts it; returns the request's head. */
  std::string AcceptUpgrade(std::string_view more_headers = "");
  /** Sends an unmasked frame. */
  bool SendFrame(int opcode, std::string_view payload, bool is_final = true);
  /** nullopt when the connection ends. */
  std::optional<WsFrame> ReadFrame();
  /** Frames up to the end of a message joined; control frames other than close are skipped, close is nullopt. */
  std::optional<std::string> ReadMessage();
  /** Reads and drops everything until the other side closes. */
  void ReadToEnd();
  void Close();
  /** Ends the connection with a reset. */
  void Reset();

 private:
  long ReadSome(char *buffer, size_t size);

  UniqueFd fd_;
  struct SslDeleter {
    void operator()(ssl_st *ssl) const;
  };
  std::unique_ptr<ssl_st, SslDeleter> ssl_;
};

/** The value of a header in a head, "" when absent; the name in any case. */
std::string HeaderOf(std::string_view head, std::string_view name);
/** The accept key of RFC 6455 section 4.2.2. */
std::string AcceptKey(const std::string &key);

}  // namespace lookout
