// SPDX-License-Identifier: Apache-2.0
#include "base/LwsContext.hxx"

#include <fcntl.h>
#include <libwebsockets.h>

#include <array>
#include <stdexcept>
#include <string>

#include "base/Log.hxx"
#include "base/Strings.hxx"

namespace lookout {

namespace {

void ForwardLog(int, const char *line) {
  LogDebug("libwebsockets", {{"text", Trim(line)}});
}

int OnLoopEvent(lws *wsi, lws_callback_reasons reason, void *, void *, size_t) noexcept {
  if (reason != LWS_CALLBACK_RAW_RX_FILE) return 0;
  static_cast<LwsContext *>(lws_context_user(lws_get_context(wsi)))->Loop().Dispatch();
  return 0;
}

constexpr std::array<lws_protocols, 2> kLoopProtocols = {{
    {"loop", OnLoopEvent, 0, 0, 0, nullptr, 0},
    {nullptr, nullptr, 0, 0, 0, nullptr, 0},
}};

/** Read at once from a connection; the default of 4 KiB costs a loop round each. */
constexpr unsigned kReadBuffer = 32 * 1024;
/** Response or request headers of one connection; the default of 4 KiB is less than some gateways' error answers. */
constexpr unsigned kMaxHeaders = 16 * 1024;
/** Seconds for each step of a handshake. Its owner has a limit of its own, below this one, and says what failed. */
constexpr unsigned kHandshakeStep = 30;

}  // namespace

LwsContext::LwsContext(EventLoop &loop, unsigned max_descriptors) : loop_(loop), context_(nullptr) {
  lws_set_log_level(LLL_ERR | LLL_WARN, ForwardLog);
  lws_context_creation_info info{};
  info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
  info.fd_limit_per_thread = max_descriptors;
  info.pt_serv_buf_size = kReadBuffer;
  info.max_http_header_data2 = kMaxHeaders;
  info.timeout_secs = kHandshakeStep;
  info.user = this;
  context_ = lws_create_context(&info);
  if (context_ == nullptr) throw std::runtime_error("cannot start libwebsockets (lws_create_context)");

  lws_context_creation_info vhost_info{};
  vhost_info.port = CONTEXT_PORT_NO_LISTEN;
  vhost_info.protocols = kLoopProtocols.data();
  vhost_info.vhost_name = "loop";
  lws_vhost *const vhost = lws_create_vhost(context_, &vhost_info);
  // libwebsockets closes what it adopts, so it gets a duplicate of its own.
  lws_sock_file_fd_type descriptor{};
  descriptor.filefd = ::fcntl(loop.Fd(), F_DUPFD_CLOEXEC, 0);
  if (vhost == nullptr ||
      lws_adopt_descriptor_vhost(vhost, LWS_ADOPT_RAW_FILE_DESC, descriptor, "loop", nullptr) == nullptr) {
    lws_context_destroy(context_);
    throw std::runtime_error("cannot nest the event loop in libwebsockets");
  }
}

LwsContext::~LwsContext() {
  lws_context_destroy(context_);
}

void LwsContext::Run() {
  while (!loop_.IsStopped()) RunOnce();
}

void LwsContext::RunOnce() {
  loop_.RunDeferred();
  if (loop_.IsStopped()) return;
  if (lws_service(context_, 0) < 0) throw std::runtime_error("libwebsockets stopped serving");
  loop_.RunDeferred();
}

}  // namespace lookout
