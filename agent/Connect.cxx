// SPDX-License-Identifier: Apache-2.0
#include "agent/Connect.hxx"

#include <fmt/core.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "agent/RemoteTransport.hxx"
#include "base/Log.hxx"
#include "base/SignalEvent.hxx"
#include "proxy/Listener.hxx"
#include "tunnel/Resolver.hxx"
#include "tunnel/TlsContext.hxx"

namespace lookout {

namespace {

/** For what is under way when the command is ended. */
constexpr std::chrono::seconds kGrace{2};

std::string Environment(const char *name) {
  const char *const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

ControllerUrl ReadUrl(const std::string &text) {
  auto url = ParseControllerUrl(text);
  if (!url) throw std::runtime_error("--url: " + url.error().message);
  if (!url->base_path.empty()) throw std::runtime_error("--url: an agent's listener has no path: leave it out");
  if (url->IsInsecure()) {
    throw std::runtime_error("--url: over http the credential could be read on the way: use https");
  }
  return std::move(*url);
}

std::optional<ProxyUrl> FindProxy(const ControllerUrl &url) {
  const ProxyEnvironment environment{Environment("HTTPS_PROXY"), Environment("HTTP_PROXY"), Environment("NO_PROXY")};
  auto proxy = ChooseProxy(environment, url);
  if (!proxy) throw std::runtime_error(proxy.error().message);
  return std::move(*proxy);
}

std::string SocketPath(const ConnectOptions &options) {
  constexpr std::string_view kScheme = "unix://";
  if (options.listen.starts_with(kScheme)) return options.listen.substr(kScheme.size());
  if (!options.listen.empty()) return options.listen;
  const auto directory = Environment("XDG_RUNTIME_DIR");
  if (directory.empty()) throw std::runtime_error("XDG_RUNTIME_DIR is not set: say with --listen where to listen");
  return directory + "/lookout.sock";
}

ListenerSettings MakeListenerSettings(const ConnectOptions &options) {
  ListenerSettings settings;
  settings.socket_path = SocketPath(options);
  // The user's own programs may take their time: a pager, a pipe into something slow.
  settings.deadlines.write_stall = std::chrono::hours(24);
  settings.deadlines.body_stall = std::chrono::hours(24);
  return settings;
}

/** Everything that forwards, in the order in which one needs the other. */
class Forwarder {
 public:
  explicit Forwarder(const ConnectOptions &options)
      : signals_(loop_, {SIGINT, SIGTERM}, [this](int) { Stop(); }),
        resolver_(loop_),
        endpoint_{ReadUrl(options.url), {}, resolver_},
        room_{{Environment("TMPDIR"), "/tmp"}},
        transport_(loop_, endpoint_, credential_, room_),
        listener_(loop_, MakeListenerSettings(options), transport_) {
    endpoint_.proxy = FindProxy(endpoint_.url);
    if (!options.key_file.empty()) credential_.UseKeyFile(options.key_file);
    if (!options.token_file.empty()) credential_.UseTokenFile(options.token_file);
    if (endpoint_.url.tls) UseTls(options);
  }

  void Run() {
    fmt::print("export DOCKER_HOST=unix://{}\n", listener_.Address());
    if (std::fflush(stdout) != 0) throw std::runtime_error("cannot write to standard output");
    LogInfo("requests are sent on", {{"from", listener_.Address()}, {"to", endpoint_.url.Authority()}});
    loop_.Run();
  }

 private:
  void UseTls(const ConnectOptions &options) {
    TlsSettings settings;
    settings.ca_file = options.ca_file;
    settings.ca_setting = "--ca";
    settings.own = {options.certificate_file, options.certificate_key_file, "--cert", "--cert-key"};
    tls_.emplace(settings, endpoint_.url.host);
    endpoint_.tls = &*tls_;
  }

  void Stop() {
    if (stopping_) return loop_.Stop();
    stopping_ = true;
    listener_.Close(kGrace, [this] { loop_.Stop(); });
  }

  SystemClock clock_;
  EventLoop loop_{clock_};
  SignalEvent signals_;
  SystemResolver resolver_;
  std::optional<TlsContext> tls_;
  RemoteEndpoint endpoint_;
  RemoteCredential credential_{clock_};
  HeldBodyRoom room_;
  RemoteTransport transport_;
  Listener listener_;
  bool stopping_ = false;
};

}  // namespace

int RunConnect(const ConnectOptions &options) {
  // A peer that is gone is an error of that write, not a reason to die.
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
  Forwarder(options).Run();
  return EXIT_SUCCESS;
}

}  // namespace lookout
