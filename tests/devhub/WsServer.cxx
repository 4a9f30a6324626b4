// SPDX-License-Identifier: Apache-2.0
#include "tests/devhub/WsServer.hxx"

#include <fcntl.h>
#include <libwebsockets.h>
#include <sys/socket.h>

#include <array>
#include <stdexcept>

namespace lookout::devhub {

namespace {

constexpr size_t kChunk = 64 * 1024;

std::string CopyHeader(lws *wsi, lws_token_indexes token) {
  const int size = lws_hdr_total_length(wsi, token);
  if (size <= 0) return "";
  std::string value(static_cast<size_t>(size) + 1, '\0');
  const int copied = lws_hdr_copy(wsi, value.data(), size + 1, token);
  value.resize(copied > 0 ? static_cast<size_t>(copied) : 0);
  return value;
}

WsServer &ServerOf(lws *wsi) {
  return *static_cast<WsServer *>(lws_vhost_user(lws_get_vhost(wsi)));
}

}  // namespace

/** The doors through which libwebsockets calls. The session data is one pointer to the WsConnection. */
struct WsCallbacks {
  static int OnEvent(lws *wsi, lws_callback_reasons reason, void *user, void *in, size_t size) noexcept {
    auto *const slot = static_cast<WsConnection **>(user);
    switch (reason) {
      case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: return ServerOf(wsi).OnConfirmUpgrade(wsi);
      case LWS_CALLBACK_ADD_HEADERS: return AddDate(wsi, *static_cast<lws_process_html_args *>(in));
      case LWS_CALLBACK_ESTABLISHED: ServerOf(wsi).OnEstablished(wsi); return 0;
      case LWS_CALLBACK_RECEIVE: {
        const std::string_view chunk(static_cast<const char *>(in), size);
        return (*slot)->OnReceive(chunk, lws_is_first_fragment(wsi) != 0, lws_is_final_fragment(wsi) != 0) ? 0 : -1;
      }
      case LWS_CALLBACK_SERVER_WRITEABLE: return (*slot)->OnWritable() ? 0 : -1;
      case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        PassCloseFrame(**slot, {static_cast<const char *>(in), size});
        return 0;
      case LWS_CALLBACK_CLOSED: ServerOf(wsi).Remove(**slot); return 0;
      default: return 0;
    }
  }

  static void PassCloseFrame(const WsConnection &connection, std::string_view payload) {
    constexpr uint16_t kNoCode = 1005;
    if (payload.size() < 2) return connection.Handler()->OnCloseFrame(kNoCode, "");
    const auto high = static_cast<unsigned char>(payload[0]);
    const auto low = static_cast<unsigned char>(payload[1]);
    connection.Handler()->OnCloseFrame(static_cast<uint16_t>(high << 8 | low), payload.substr(2));
  }

  static int AddDate(lws *wsi, lws_process_html_args &args) {
    const std::string date = ServerOf(wsi).application_.UpgradeDate();
    if (date.empty()) return 0;
    auto *at = reinterpret_cast<unsigned char *>(args.p);
    const auto *text = reinterpret_cast<const unsigned char *>(date.data());
    const auto *name = reinterpret_cast<const unsigned char *>("date:");
    if (lws_add_http_header_by_name(wsi, name, text, static_cast<int>(date.size()), &at, at + args.max_len)) return 1;
    args.p = reinterpret_cast<char *>(at);
    return 0;
  }
};

namespace {

constexpr std::array<lws_protocols, 2> kProtocols = {{
    // Its user data is a pointer. NOLINTNEXTLINE(bugprone-sizeof-expression)
    {"hub", WsCallbacks::OnEvent, sizeof(WsConnection *), kChunk, 0, nullptr, kChunk},
    {nullptr, nullptr, 0, 0, 0, nullptr, 0},
}};

}  // namespace

WsServer::WsServer(LwsContext &context, WsApplication &application, WsServerOptions options)
    : context_(context), application_(application), options_(std::move(options)) {
  lws_context_creation_info info{};
  info.vhost_name = "hub";
  info.iface = options_.host.c_str();
  info.port = options_.port;
  info.protocols = kProtocols.data();
  info.user = this;
  info.keepalive_timeout = 3600;
  info.timeout_secs = 3600;  // an upgrade that is never answered stays open
  if (options_.host.find(':') == std::string::npos) info.options |= LWS_SERVER_OPTION_DISABLE_IPV6;
  if (HasTls()) {
    info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    info.alpn = "http/1.1";
    info.ssl_cert_filepath = options_.cert_file.c_str();
    info.ssl_private_key_filepath = options_.key_file.c_str();
  }
  vhost_ = lws_create_vhost(context_.Get(), &info);
  if (vhost_ == nullptr || Port() <= 0) {
    throw std::runtime_error("cannot listen on " + options_.host + " port " + std::to_string(options_.port) +
                             ": address in use, not an address of this host, or bad --cert/--key");
  }
}

int WsServer::Port() const {
  return lws_get_vhost_listen_port(vhost_);
}

int WsServer::OnConfirmUpgrade(lws *wsi) {
  UpgradeAnswer answer = application_.OnUpgrade(
      {CopyHeader(wsi, WSI_TOKEN_GET_URI), CopyHeader(wsi, WSI_TOKEN_HOST), CopyHeader(wsi, WSI_TOKEN_ORIGIN)});
  if (answer.kind == UpgradeAnswer::Kind::Accept) return 0;
  if (answer.kind == UpgradeAnswer::Kind::Hang) {
    HoldSocket(lws_get_socket_fd(wsi));
    return -1;
  }
  if (answer.kind == UpgradeAnswer::Kind::Respond) {
    std::string bytes(LWS_PRE, '\0');
    bytes += answer.response;
    lws_write(wsi, reinterpret_cast<unsigned char *>(bytes.data()) + LWS_PRE, answer.response.size(),
              LWS_WRITE_HTTP_HEADERS);
  }
  return 1;
}

void WsServer::HoldSocket(int fd) {
  // libwebsockets has no way to leave a request unanswered. It gets another socket under the same number to
  // close (its loop is poll(2), which knows numbers only), and the peer's stays open here.
  constexpr size_t kMaxHeld = 64;
  held_.emplace_back(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  const UniqueFd other(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ::dup3(other.Get(), fd, O_CLOEXEC);
  if (held_.size() > kMaxHeld) held_.pop_front();
}

void WsServer::OnEstablished(lws *wsi) {
  if (options_.receive_buffer > 0) {
    const int bytes = static_cast<int>(options_.receive_buffer);
    ::setsockopt(lws_get_socket_fd(wsi), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }
  connections_.push_back(std::make_unique<WsConnection>(context_.Loop(), wsi, options_.max_message));
  WsConnection &connection = *connections_.back();
  *static_cast<WsConnection **>(lws_wsi_user(wsi)) = &connection;
  connection.SetHandler(application_.MakeHandler(connection, CopyHeader(wsi, WSI_TOKEN_GET_URI)));
}

void WsServer::Remove(WsConnection &connection) {
  connection.Handler()->OnClosed();
  connections_.remove_if([&](const auto &entry) { return entry.get() == &connection; });
}

}  // namespace lookout::devhub
