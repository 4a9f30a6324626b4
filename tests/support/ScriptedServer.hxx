// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "base/EventLoop.hxx"
#include "base/UniqueFd.hxx"

namespace lookout {

/**
 * A server on a unix socket that does what the test says, on the test's own loop. It knows no HTTP beyond the
 * blank line that ends a head, so it can send anything, in any pieces, at any time, or nothing.
 */
class ScriptedServer {
 public:
  class Connection;
  /** Gets each request head (up to and including its blank line) as soon as it is complete. */
  using OnRequest = std::function<void(Connection &, const std::string &head)>;

  /** Listens at once. */
  ScriptedServer(EventLoop &loop, std::string path, OnRequest on_request);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer &) = delete;
  ScriptedServer &operator=(const ScriptedServer &) = delete;

  const std::string &Path() const { return path_; }
  /** How many connections there have been. */
  size_t Accepted() const { return accepted_; }
  /** The connections that the other side has not closed. */
  size_t Open() const;
  /** In the order of arrival, closed ones included. */
  Connection &At(size_t index);
  /** Ends listening and every connection, as an engine does that stops; the socket file goes. */
  void Shutdown();

 private:
  void Accept();

  EventLoop &loop_;
  std::string path_;
  OnRequest on_request_;
  UniqueFd listener_;
  FdEvent event_;
  std::list<std::unique_ptr<Connection>> connections_;
  size_t accepted_ = 0;
};

class ScriptedServer::Connection {
 public:
  Connection(EventLoop &loop, UniqueFd fd, const OnRequest &on_request);

  /** What has come and was not part of a head given to OnRequest. */
  std::string &Received() { return received_; }
  /** All bytes so far, heads included. */
  size_t ReceivedTotal() const { return received_total_; }
  /** From now on everything goes to Received(): bodies, raw connections. */
  void StopParsing() { parsing_ = false; }
  /** Stops reading the socket: the client's send blocks. */
  void StopReading();
  void StartReading();

  /** Kept in memory until the client takes it. */
  void Send(std::string_view bytes);
  /** What the client has not taken. */
  size_t Unsent() const { return unsent_.size(); }
  /** Sends EOF once everything is out. */
  void FinishSending();
  /** Closes now, unsent bytes are lost. */
  void Cut();
  /** The client has closed or shut down its side, or we have cut it. */
  bool IsClosed() const { return closed_; }
  /** From now on the client's EOF is noted and no more: our own side stays open. */
  void AllowHalfClose() { half_close_ = true; }
  bool HasEof() const { return eof_; }

 private:
  void OnReady(uint32_t events);
  void Read();
  void Flush();
  void Watch();

  UniqueFd fd_;
  FdEvent event_;
  const OnRequest &on_request_;
  std::string received_;
  std::string unsent_;
  size_t received_total_ = 0;
  bool parsing_ = true;
  bool reading_ = true;
  bool finishing_ = false;
  bool closed_ = false;
  bool half_close_ = false;
  bool eof_ = false;
};

/** "HTTP/1.1 200 OK" with a Content-Length. */
std::string HttpReply(int status, std::string_view body, std::string_view more_headers = "");

}  // namespace lookout
