// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "proxy/CurlTransfer.hxx"
#include "proxy/DeadlineWatch.hxx"
#include "proxy/Exchange.hxx"
#include "proxy/ResponseHeadReader.hxx"

namespace lookout {

/** One request to the engine under way; see DockerTransport. */
class DockerExchange final : public Exchange, private CurlHandler {
 public:
  /** The request must be valid. `multi` and `socket_path` outlive the exchange. */
  DockerExchange(CurlMulti &multi, const std::string &socket_path, Request &&request, const Deadlines &deadlines,
                 ResponseSink &sink);
  ~DockerExchange() override = default;

  void Resume() override;

 private:
  void OnConnected() override;
  bool OnHeaderLine(std::string_view line) override;
  Take OnBody(std::string_view bytes) override;
  BodySource::Chunk OnSend(std::span<char> out) override;
  void OnDone(const CurlResult &result) override;

  void Begin();
  void Finish();
  void OnBodyReady();
  void OnExpired(const std::string &what);
  /** Whether it is our side that holds the exchange up. */
  void UpdateWatch();
  BodySource::Chunk RefuseBody(const std::string &why);
  Failure Explain(const CurlResult &result) const;
  Failure Fail(Failure::Kind kind, std::string_view text) const;

  const std::string &socket_path_;
  const std::string method_;
  const std::string path_;
  ResponseSink &sink_;
  std::unique_ptr<BodySource> body_;
  std::optional<uint64_t> body_left_;
  ResponseHeadReader head_;
  std::optional<Failure> failure_;
  bool sink_waits_ = false;
  bool body_waits_ = false;
  bool finished_ = false;
  Deferred begin_;
  Deferred finish_;
  DeadlineWatch deadlines_;
  CurlTransfer transfer_;  // last: its end must come first
};

}  // namespace lookout
