// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "base/EventLoop.hxx"
#include "proxy/DockerCall.hxx"
#include "proxy/Exchange.hxx"

namespace lookout {

/**
 * What is known of the Docker engine, kept up to date: is it there, which version, which API version. It asks
 * GET /version at start, every 30 s while the engine is up, at once when a request finds it gone or broken, and at
 * growing intervals (0.5 s to 10 s) while it is down; the API version is thereby renegotiated whenever the engine
 * comes back. Any answer but a 5xx means that it is up.
 *
 * Also the handler through which requests reach the engine: it puts the API version ("/v1.41") in front of targets
 * that have none, except /_ping and /version; what a client of the listener asks for stays as it was written.
 * Requests are tried while the engine counts as down, too.
 */
class DockerEngine final : public RequestHandler {
 public:
  struct Info {
    std::string version = "unknown";  // "20.10.24"
    std::string api_version;          // "1.41"; empty while unknown: targets are then sent without a prefix
    std::string os;
    std::string arch;

    bool operator==(const Info &) const = default;
  };

  /** `transport` carries requests to the socket as they are (DockerTransport). */
  DockerEngine(EventLoop &loop, RequestHandler &transport);
  ~DockerEngine() override;

  void Start();
  bool IsUp() const { return up_; }
  /** Why it is down, for the log; "" while it is up. */
  const std::string &DownReason() const { return down_reason_; }
  /** The last known values; kept while the engine is down. */
  const Info &GetInfo() const { return info_; }
  /** Something suggests that the engine has gone or restarted (a stream of its events broke): ask it now. */
  void Recheck();

  class Listener {
   public:
    virtual ~Listener() = default;
    /**
     * The engine came (true) or went (false). Also true when it answers after a Recheck(), or with another version:
     * it may have restarted in between. Listeners may be added and removed from here.
     */
    virtual void OnEngineChanged(bool up) = 0;
  };
  void AddListener(Listener &listener) { listeners_.push_back(&listener); }
  void RemoveListener(Listener &listener) { listeners_.remove(&listener); }

  std::unique_ptr<Exchange> Handle(Request &&request, ResponseSink &sink) override;
  std::unique_ptr<Duplex> Open(Request &&request, DuplexSink &sink) override;

 private:
  class Watcher;

  /** Asks soon, without telling the listeners more than a change. */
  void Suspect();
  void Probe();
  void OnProbed(const DockerCall::Outcome &outcome);
  void SetUp(const DockerReply &reply);
  void SetDown(std::string reason);
  void Tell();
  /** Puts the API version in front; false when there is none to put. */
  bool AddVersion(Request &request) const;

  EventLoop &loop_;
  RequestHandler &transport_;
  std::list<Listener *> listeners_;
  bool started_ = false;
  bool up_ = false;
  bool told_ = false;
  bool announce_ = false;  // a Recheck() has not been answered yet
  bool again_ = false;     // what is being asked now may be out of date
  std::string down_reason_;
  Info info_;
  Duration retry_{};
  TimePoint probed_at_{};
  Timer timer_;
  std::unique_ptr<DockerCall> probe_;
};

}  // namespace lookout
