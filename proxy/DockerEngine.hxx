// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>

#include "base/EventLoop.hxx"
#include "proxy/DockerCall.hxx"
#include "proxy/Exchange.hxx"

namespace lookout {

/**
 * What is known of the Docker engine, kept up to date: is it there, which version, which API version. It asks
 * GET /version at start, after every loss, and then at growing intervals until it answers; the API version is
 * thereby renegotiated whenever the engine comes back.
 *
 * Also the handler through which requests reach the engine: it puts the API version in front of targets that
 * have none, and learns from requests that fail that the engine has gone.
 */
class DockerEngine final : public RequestHandler {
 public:
  struct Info {
    std::string version = "unknown";  // "20.10.24"
    std::string api_version;          // "1.41"; empty while unknown: targets are then sent without a prefix
    std::string os;
    std::string arch;
  };

  /** `transport` carries requests to the socket as they are (DockerTransport). */
  DockerEngine(EventLoop &loop, RequestHandler &transport);
  ~DockerEngine() override;

  void Start();
  bool IsUp() const { return up_; }
  /** The last known values; kept while the engine is down. */
  const Info &GetInfo() const { return info_; }
  /** Something suggests that the engine has gone (a stream of its events broke): ask it now. */
  void Recheck();

  /** Called with the new state at each change, and at each restart seen between two checks. */
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void OnEngineChanged(bool up) = 0;
  };
  void AddListener(Listener &listener) { listeners_.push_back(&listener); }
  void RemoveListener(Listener &listener) { listeners_.remove(&listener); }

  std::unique_ptr<Exchange> Handle(Request request, ResponseSink &sink) override;
  std::unique_ptr<Duplex> Open(Request request, DuplexSink &sink) override;

 private:
  void Probe();

  EventLoop &loop_;
  RequestHandler &transport_;
  std::list<Listener *> listeners_;
  bool up_ = false;
  Info info_;
  std::unique_ptr<DockerCall> probe_;
};

}  // namespace lookout
