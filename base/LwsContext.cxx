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

/** Few descriptors live in libwebsockets; without a limit it allocates a table for all the process may open. */
constexpr unsigned kMaxLwsFds = 512;

}  // namespace

LwsContext::LwsContext(EventLoop &loop) : loop_(loop), context_(nullptr) {
  lws_set_log_level(LLL_ERR | LLL_WARN, ForwardLog);
  lws_context_creation_info info{};
  info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
  info.fd_limit_per_thread = kMaxLwsFds;
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
  loop_.RunDeferred();
  while (!loop_.IsStopped()) {
    if (lws_service(context_, 0) < 0) throw std::runtime_error("libwebsockets stopped serving");
    loop_.RunDeferred();
  }
}

}  // namespace lookout
