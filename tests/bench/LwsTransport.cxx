// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/LwsTransport.hxx"

#include <libwebsockets.h>

#include <array>
#include <cstring>
#include <stdexcept>

namespace lookout::bench {

namespace {

constexpr size_t kMaxMessage = size_t{64} << 20;
/** Bytes of messages in one turn of the loop, and of one read. */
constexpr size_t kTurn = 64 * 1024;

}  // namespace

struct TwinEvents {
  static int Handle(lws *wsi, lws_callback_reasons reason, void *user, void *data, size_t size) noexcept {
    if (user == nullptr) return 0;
    const std::string_view bytes(static_cast<const char *>(data), data == nullptr ? 0 : size);
    return static_cast<LwsTransport *>(user)->OnEvent(wsi, reason, bytes);
  }
};

const lws_protocols *LwsTransport::Protocols() {
  static constexpr std::array<lws_protocols, 2> kProtocols = {{
      {"twin", TwinEvents::Handle, 0, kTurn, 0, nullptr, kTurn},
      {nullptr, nullptr, 0, 0, 0, nullptr, 0},
  }};
  return kProtocols.data();
}

LwsTransport::LwsTransport(LwsContext &context, const ControllerUrl &url, const std::string &path,
                           TransportHandler &handler)
    : handler_(handler), incoming_(kMaxMessage) {
  lws_context_creation_info vhost{};
  vhost.port = CONTEXT_PORT_NO_LISTEN;
  vhost.vhost_name = "twin";
  vhost.protocols = Protocols();
  if (url.tls) vhost.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
  vhost_ = lws_create_vhost(context.Get(), &vhost);
  if (vhost_ == nullptr) throw std::runtime_error("lws_create_vhost");
  const std::string host = url.HostHeader();
  lws_client_connect_info info{};
  info.context = context.Get();
  info.vhost = vhost_;
  info.address = url.host.c_str();
  info.port = url.port;
  info.path = path.c_str();
  info.host = host.c_str();
  info.local_protocol_name = "twin";
  info.userdata = this;
  if (url.tls) {
    info.ssl_connection =
        LCCSCF_USE_SSL | LCCSCF_ALLOW_SELFSIGNED | LCCSCF_ALLOW_INSECURE | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK;
  }
  if (lws_client_connect_via_info(&info) == nullptr) throw std::runtime_error("lws_client_connect_via_info");
}

LwsTransport::~LwsTransport() {
  lws_vhost_destroy(vhost_);
}

void LwsTransport::RequestWrite() {
  if (is_open_) lws_callback_on_writable(wsi_);
}

int LwsTransport::OnEvent(lws *wsi, int reason, std::string_view bytes) {
  switch (reason) {
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
      wsi_ = wsi;
      is_open_ = true;
      handler_.OnOpen({});
      return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE:
      if (const auto message = incoming_.Add(bytes, lws_is_final_fragment(wsi) != 0)) handler_.OnMessage(*message);
      return 0;
    case LWS_CALLBACK_CLIENT_WRITEABLE: return OnWritable();
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    case LWS_CALLBACK_CLIENT_CLOSED:
      is_open_ = false;
      handler_.OnClosed({CloseInfo::Phase::Open, 0, {}, 0, std::string(bytes)});
      return 0;
    default: return 0;
  }
}

int LwsTransport::OnWritable() {
  for (size_t written = 0; written < kTurn && lws_send_pipe_choked(wsi_) == 0;) {
    const auto message = handler_.NextMessage();
    if (!message) return 0;
    buffer_.resize(LWS_PRE + message->size());
    std::memcpy(buffer_.data() + LWS_PRE, message->data(), message->size());
    auto *const start = reinterpret_cast<unsigned char *>(buffer_.data() + LWS_PRE);
    if (lws_write(wsi_, start, message->size(), LWS_WRITE_TEXT) < 0) return -1;
    written += message->size();
  }
  lws_callback_on_writable(wsi_);
  return 0;
}

}  // namespace lookout::bench
