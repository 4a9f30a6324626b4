// SPDX-License-Identifier: Apache-2.0
#include "tunnel/WebSocketClient.hxx"

#include <fmt/core.h>
#include <libwebsockets.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <exception>

#include "base/Strings.hxx"
#include "tunnel/HttpDate.hxx"
#include "tunnel/Limits.hxx"

namespace lookout {

namespace {

/** Bytes of one read. */
constexpr size_t kReadSize = 64 * limits::kKiB;
/**
 * From here on a batch is sent. Small messages share a write, which costs as much as one of them. Less than a full
 * frame of a stream: taken too early, the next one could only wait here, and small answers, which go first, behind it.
 */
constexpr size_t kEnoughToSend = 40 * limits::kKiB;
static_assert(kEnoughToSend < limits::kStreamChunk / 3 * 4);
/** For the close frame and the peer's answer to it. */
constexpr std::chrono::seconds kCloseLimit{2};
/** How often the connection is looked at from below (TcpProgress). */
constexpr std::chrono::seconds kProbeInterval{5};
/** RFC 6455 section 7.4.1. */
constexpr uint16_t kCodeTooBig = 1009;
/** A control frame holds 125 bytes, two of them are the code. */
constexpr size_t kMaxCloseReason = 123;
constexpr std::string_view kUserAgent = "User-Agent: lookout\r\n";
constexpr const char *kProtocolName = "tunnel";

/** Liveness is the session's business: libwebsockets sends no pings and hangs up on nobody. */
constexpr lws_retry_bo_t kNoValidityChecks{};

static_assert(FrameBatch::kHeadroom >= LWS_PRE);

}  // namespace

/** Where libwebsockets enters. */
struct LwsEvents {
  static int Handle(lws *wsi, lws_callback_reasons reason, void *user, void *data, size_t size) noexcept {
    // Events without a user are the vhost's, or of a connection whose client is gone.
    if (user == nullptr) return 0;
    auto &client = *static_cast<WebSocketClient *>(user);
    try {
      return client.OnEvent(wsi, reason, data, size);
    } catch (const std::exception &error) {
      client.OnException(error.what());
      return 0;
    }
  }
};

const lws_protocols *WebSocketClient::Protocols() {
  static constexpr std::array<lws_protocols, 2> kProtocols = {{
      {kProtocolName, LwsEvents::Handle, 0, kReadSize, 0, nullptr, kReadSize},
      {nullptr, nullptr, 0, 0, 0, nullptr, 0},
  }};
  return kProtocols.data();
}

WebSocketClient::WebSocketClient(WebSocketEndpoint &endpoint, TransportHandler &handler)
    : endpoint_(endpoint),
      handler_(handler),
      incoming_(limits::kMaxMessage),
      handshake_limit_(endpoint.Context().Loop(), [this] { OnHandshakeLimit(); }),
      close_limit_(endpoint.Context().Loop(), [this] { Drop(); }),
      probe_(endpoint.Context().Loop(), [this] { OnProbe(); }),
      finish_(endpoint.Context().Loop(), [this] { handler_.OnClosed(close_); }),
      dialer_(endpoint.Context().Loop(), endpoint.GetResolver(), endpoint.Settings().url, endpoint.Settings().proxy,
              [this](tl::expected<DialedSocket, CloseInfo> result) { OnDialled(std::move(result)); }) {
  handshake_limit_.Arm(endpoint.Settings().handshake_limit);
}

WebSocketClient::~WebSocketClient() {
  state_ = State::Ended;
  if (wsi_ == nullptr) return;
  lws_set_wsi_user(wsi_, nullptr);
  Drop();
}

void WebSocketClient::RequestWrite() {
  if (state_ == State::Open) lws_callback_on_writable(wsi_);
}

void WebSocketClient::Close(uint16_t code, std::string_view reason) {
  if (state_ == State::Open) {
    SetFailure(CloseInfo::Phase::Open, fmt::format("closed by this side ({} {})", code, reason));
    StartClose(code, reason.substr(0, kMaxCloseReason));
  } else if (state_ != State::Closing && state_ != State::Ended) {
    SetFailure(dialer_.Phase(), "given up by this side before the connection was up");
    Drop();
    Finish();
  }
}

void WebSocketClient::StartClose(uint16_t code, std::string_view reason) {
  state_ = State::Closing;
  close_code_ = code;
  close_reason_ = reason;
  close_limit_.Arm(kCloseLimit);
  lws_rx_flow_control(wsi_, 1);
  lws_callback_on_writable(wsi_);
}

void WebSocketClient::PauseReading(bool pause) {
  if (state_ == State::Open) lws_rx_flow_control(wsi_, pause ? 0 : 1);
}

void WebSocketClient::OnDialled(tl::expected<DialedSocket, CloseInfo> result) {
  if (state_ != State::Dialling) return;
  if (!result) {
    SetFailure(result.error().phase, result.error().message);
    return Finish();
  }
  try {
    StartUpgrade(std::move(*result));
  } catch (const std::exception &error) {
    SetFailure(CloseInfo::Phase::Connect, error.what());
    Finish();
  }
}

void WebSocketClient::StartUpgrade(DialedSocket socket) {
  state_ = State::Upgrading;
  const auto &settings = endpoint_.Settings();
  upgrade_.peer = settings.proxy
                      ? fmt::format("{} through proxy {}", settings.url.Authority(), settings.proxy->Authority())
                      : std::move(socket.peer);
  handover_.emplace(std::move(socket.fd));
  const auto path = endpoint_.Path();
  const auto host = settings.url.HostHeader();
  lws_client_connect_info info{};
  info.context = endpoint_.Context().Get();
  info.vhost = endpoint_.Vhost();
  info.address = handover_->Address().c_str();
  info.path = path.c_str();
  info.host = host.c_str();
  info.local_protocol_name = kProtocolName;
  info.alpn = "http/1.1";
  info.retry_and_idle_policy = &kNoValidityChecks;
  info.userdata = this;
  // Followed, a redirect would take our headers to whatever it names.
  info.ssl_connection = LCCSCF_HTTP_NO_FOLLOW_REDIRECT;
  if (auto *const tls = endpoint_.Tls()) {
    tls->BeginHandshake();
    // The TlsContext checks the name: libwebsockets would expect the host up to its first colon.
    info.ssl_connection |= LCCSCF_USE_SSL | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK;
  }
  if (lws_client_connect_via_info(&info) != nullptr) return;
  OnUpgradeFailed("refused by libwebsockets");
  Finish();
}

void WebSocketClient::OnHandshakeLimit() {
  const auto seconds = endpoint_.Settings().handshake_limit.count();
  if (state_ == State::Dialling) {
    SetFailure(dialer_.Phase(), fmt::format("gave up after {} s of waiting for {}", seconds, dialer_.WaitingFor()));
  } else if (endpoint_.Tls() != nullptr && !endpoint_.Tls()->IsHandshakeDone()) {
    SetFailure(CloseInfo::Phase::Connect,
               fmt::format("{} did not finish the TLS handshake within {} s", upgrade_.peer, seconds));
  } else {
    SetFailure(CloseInfo::Phase::Upgrade, fmt::format("{} did not answer the upgrade within {} s; is {} served there?",
                                                      upgrade_.peer, seconds, endpoint_.Path()));
  }
  Drop();
  Finish();
}

int WebSocketClient::OnEvent(lws *wsi, int reason, void *data, size_t size) {
  const std::string_view text(static_cast<const char *>(data), data == nullptr ? 0 : size);
  wsi_ = wsi;
  switch (reason) {
    case LWS_CALLBACK_WSI_CREATE: return OnPlaceholderConnected();
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
      if (data != nullptr) AppendHeaders(*static_cast<char **>(data), size);
      return 0;
    case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP: OnResponseHead(); return 0;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR: OnUpgradeFailed(text); return 0;
    case LWS_CALLBACK_CLIENT_ESTABLISHED: return OnEstablished();
    case LWS_CALLBACK_CLIENT_RECEIVE: OnReceive(text); return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE_PONG: handler_.OnActivity(); return 0;
    case LWS_CALLBACK_CLIENT_WRITEABLE: return OnWritable();
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE: OnPeerClose(text); return 0;
    case LWS_CALLBACK_WSI_DESTROY: OnDestroyed(); return 0;
    default: return 0;
  }
}

int WebSocketClient::OnPlaceholderConnected() {
  if (!handover_->Replace(lws_get_socket_fd(wsi_))) {
    SetFailure(CloseInfo::Phase::Connect, fmt::format("cannot hand the socket over: {}", std::strerror(errno)));
  }
  return 0;
}

void WebSocketClient::AppendHeaders(char *&at, size_t room) const {
  if (room < kUserAgent.size()) return;
  at = std::copy(kUserAgent.begin(), kUserAgent.end(), at);
}

std::string WebSocketClient::Header(int token) const {
  std::array<char, 256> value{};
  const int size = lws_hdr_copy(wsi_, value.data(), value.size(), static_cast<lws_token_indexes>(token));
  return size > 0 ? std::string(value.data(), static_cast<size_t>(size)) : std::string();
}

void WebSocketClient::OnResponseHead() {
  answer_.status = static_cast<int>(lws_http_client_http_response(wsi_));
  answer_.date = ParseHttpDate(Header(WSI_TOKEN_HTTP_DATE));
  const auto now = answer_.date.value_or(endpoint_.Context().Loop().GetClock().UnixSeconds());
  answer_.retry_after = ParseRetryAfter(Header(WSI_TOKEN_HTTP_RETRY_AFTER), now);
  answer_.location = Header(WSI_TOKEN_HTTP_LOCATION);
}

int WebSocketClient::OnEstablished() {
  handshake_limit_.Cancel();
  state_ = State::Open;
  probe_.Arm(kProbeInterval);
  const auto *const tls = endpoint_.Tls();
  if (tls != nullptr && tls->IsVerified()) upgrade_.verified_date = answer_.date;
  handler_.OnOpen(upgrade_);
  return 0;
}

void WebSocketClient::OnUpgradeFailed(std::string_view text) {
  const auto *const tls = endpoint_.Tls();
  if (tls != nullptr && !tls->IsHandshakeDone()) {
    const std::string reason = tls->Failure().empty() ? "the connection was closed" : tls->Failure();
    return SetFailure(CloseInfo::Phase::Connect, fmt::format("TLS with {}: {}", upgrade_.peer, reason));
  }
  if (answer_.status != 101) {
    close_.http_status = answer_.status;
    close_.retry_after = answer_.retry_after;
  }
  SetFailure(CloseInfo::Phase::Upgrade, DescribeFailedUpgrade(answer_, upgrade_.peer, endpoint_.Path(), text));
}

/**
 * Never ends the connection from inside: libwebsockets 4.1.6 goes on reading until the close frame is answered, and
 * after a refusal here it writes what comes behind the end of its buffer.
 */
void WebSocketClient::OnReceive(std::string_view piece) {
  handler_.OnActivity();
  if (state_ != State::Open) return;
  if (!incoming_.Fits(piece.size(), lws_remaining_packet_payload(wsi_))) {
    SetFailure(CloseInfo::Phase::Open,
               fmt::format("{} sent a message of over {} MiB", upgrade_.peer, limits::kMaxMessage / limits::kMiB));
    StartClose(kCodeTooBig, "message too big");
    return;
  }
  const auto message = incoming_.Add(piece, lws_is_final_fragment(wsi_) != 0);
  if (message) handler_.OnMessage(*message);
}

int WebSocketClient::OnWritable() {
  if (is_write_pending_) {
    is_write_pending_ = false;
    handler_.OnProgress();
  }
  // More than the socket takes would be kept by libwebsockets, without a bound.
  is_write_pending_ = lws_partial_buffered(wsi_) != 0;
  if (!is_write_pending_) {
    FillBatch();
    if (batch_.IsEmpty()) {
      if (state_ == State::Open) handler_.OnDrained();
      return state_ == State::Closing && !is_close_sent_ ? SendCloseFrame() : 0;
    }
    if (!WriteBatch()) return -1;
  }
  lws_callback_on_writable(wsi_);
  return 0;
}

void WebSocketClient::FillBatch() {
  while (batch_.Size() < kEnoughToSend && TakeMessage()) {
    if (!batch_.Add(*outgoing_, outgoing_offset_)) return;
    outgoing_.reset();
  }
}

bool WebSocketClient::TakeMessage() {
  if (!outgoing_ && state_ == State::Open) {
    outgoing_ = handler_.NextMessage();
    outgoing_offset_ = 0;
  }
  return outgoing_.has_value();
}

bool WebSocketClient::WriteBatch() {
  const auto bytes = batch_.Bytes();
  batch_.Clear();
  // RAW: passed on as they are.
  if (lws_write(wsi_, bytes.data(), bytes.size(), LWS_WRITE_RAW) < 0) {
    SetFailure(CloseInfo::Phase::Open, fmt::format("the connection to {} broke while sending", upgrade_.peer));
    return false;
  }
  is_write_pending_ = lws_partial_buffered(wsi_) != 0;
  if (!is_write_pending_) handler_.OnProgress();
  return true;
}

int WebSocketClient::SendCloseFrame() {
  // Once only: a second time would cut the wait for the peer's answer.
  is_close_sent_ = true;
  auto *const reason = reinterpret_cast<unsigned char *>(close_reason_.data());
  lws_close_reason(wsi_, static_cast<lws_close_status>(close_code_), reason, close_reason_.size());
  return -1;
}

void WebSocketClient::OnPeerClose(std::string_view payload) {
  auto message = fmt::format("{} closed the session", upgrade_.peer);
  if (payload.size() >= 2) {
    close_.close_code = static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1]);
    message += fmt::format(": {} {}", close_.close_code, Printable(payload.substr(2)));
  }
  SetFailure(CloseInfo::Phase::Open, std::move(message));
  // libwebsockets answers it; nothing else goes out any more.
  state_ = State::Closing;
  is_close_sent_ = true;
  outgoing_.reset();
  close_limit_.Arm(kCloseLimit);
}

void WebSocketClient::OnProbe() {
  probe_.Arm(kProbeInterval);
  const auto change = progress_.Look(lws_get_socket_fd(wsi_));
  if (change.received) handler_.OnActivity();
  if (change.acknowledged) handler_.OnProgress();
}

void WebSocketClient::OnException(const char *what) {
  SetFailure(CloseInfo::Phase::Open, what);
  if (state_ == State::Open) state_ = State::Closing;
  // Not here: libwebsockets is on the stack.
  close_limit_.Arm(Duration::zero());
}

void WebSocketClient::OnDestroyed() {
  wsi_ = nullptr;
  if (state_ == State::Upgrading) OnUpgradeFailed("no answer");
  SetFailure(CloseInfo::Phase::Open, fmt::format("the connection to {} was lost", upgrade_.peer));
  Finish();
}

void WebSocketClient::Drop() {
  if (wsi_ == nullptr) return;
  // Makes sure that nothing is flushed: with bytes still buffered the kill would wait for a peer that does not read.
  ::shutdown(lws_get_socket_fd(wsi_), SHUT_RDWR);
  lws_set_timeout(wsi_, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
}

void WebSocketClient::SetFailure(CloseInfo::Phase phase, std::string message) {
  if (!close_.message.empty()) return;
  close_.phase = phase;
  close_.message = std::move(message);
}

void WebSocketClient::Finish() {
  if (state_ == State::Ended) return;
  state_ = State::Ended;
  handshake_limit_.Cancel();
  close_limit_.Cancel();
  probe_.Cancel();
  finish_.Schedule();
}

}  // namespace lookout
