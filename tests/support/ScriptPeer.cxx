// SPDX-License-Identifier: Apache-2.0
#include "tests/support/ScriptPeer.hxx"

#include <fmt/core.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>

#include "base/Base64.hxx"
#include "base/Strings.hxx"

namespace lookout {

namespace {

constexpr size_t kMaxHead = 64 * 1024;

/** A big-endian number. */
uint64_t NumberOf(std::string_view bytes) {
  uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

std::string BytesOf(uint64_t number, int count) {
  std::string bytes;
  for (int i = count - 1; i >= 0; --i) bytes += static_cast<char>(number >> (8 * i));
  return bytes;
}

}  // namespace

void ScriptPeer::SslDeleter::operator()(SSL *ssl) const {
  SSL_free(ssl);
}

ScriptPeer::ScriptPeer(UniqueFd fd) : fd_(std::move(fd)) {
  const timeval limit{10, 0};
  ::setsockopt(fd_.Get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  // Or small writes wait for acknowledgements.
  const int on = 1;
  ::setsockopt(fd_.Get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

ScriptPeer::~ScriptPeer() = default;

bool ScriptPeer::StartTls(SSL_CTX *context) {
  ssl_.reset(SSL_new(context));
  SSL_set_fd(ssl_.get(), fd_.Get());
  return SSL_accept(ssl_.get()) == 1;
}

std::string ScriptPeer::SniName() const {
  const char *const name = ssl_ == nullptr ? nullptr : SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
  return name == nullptr ? "" : name;
}

bool ScriptPeer::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ssl_ == nullptr ? ::send(fd_.Get(), bytes.data(), bytes.size(), MSG_NOSIGNAL)
                                      : SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

long ScriptPeer::ReadSome(char *buffer, size_t size) {
  return ssl_ == nullptr ? ::recv(fd_.Get(), buffer, size, 0) : SSL_read(ssl_.get(), buffer, static_cast<int>(size));
}

std::string ScriptPeer::Read(size_t size) {
  std::string bytes(size, '\0');
  size_t done = 0;
  while (done < size) {
    const auto count = ReadSome(bytes.data() + done, size - done);
    if (count <= 0) break;
    done += static_cast<size_t>(count);
  }
  bytes.resize(done);
  return bytes;
}

std::string ScriptPeer::ReadHead() {
  std::string head;
  while (!head.ends_with("\r\n\r\n")) {
    const auto byte = Read(1);
    if (byte.empty() || head.size() > kMaxHead) return "";
    head += byte;
  }
  return head;
}

std::string ScriptPeer::AcceptUpgrade(std::string_view more_headers) {
  auto head = ReadHead();
  Write(
      fmt::format("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Accept: {}\r\n{}\r\n",
                  AcceptKey(HeaderOf(head, "Sec-WebSocket-Key")), more_headers));
  return head;
}

bool ScriptPeer::SendFrame(int opcode, std::string_view payload, bool is_final) {
  std::string frame(1, static_cast<char>((is_final ? 0x80 : 0) | opcode));
  if (payload.size() < 126) {
    frame += static_cast<char>(payload.size());
  } else if (payload.size() < 65536) {
    frame += '\x7e' + BytesOf(payload.size(), 2);
  } else {
    frame += '\x7f' + BytesOf(payload.size(), 8);
  }
  return Write(frame) && Write(payload);
}

std::optional<WsFrame> ScriptPeer::ReadFrame() {
  const auto start = Read(2);
  if (start.size() < 2) return std::nullopt;
  WsFrame frame;
  frame.opcode = start[0] & 15;
  frame.is_final = (start[0] & 0x80) != 0;
  frame.is_masked = (start[1] & 0x80) != 0;
  uint64_t size = start[1] & 0x7f;
  if (size == 126) size = NumberOf(Read(2));
  if (size == 127) size = NumberOf(Read(8));
  const auto mask = frame.is_masked ? Read(4) : std::string(4, '\0');
  frame.payload = Read(size);
  if (mask.size() < 4 || frame.payload.size() < size) return std::nullopt;
  for (size_t i = 0; i < frame.payload.size(); ++i) {
    frame.payload[i] = static_cast<char>(frame.payload[i] ^ mask[i % 4]);
  }
  return frame;
}

std::optional<std::string> ScriptPeer::ReadMessage() {
  std::string message;
  while (true) {
    const auto frame = ReadFrame();
    if (!frame || frame->opcode == 8) return std::nullopt;
    if (frame->opcode > 8) continue;
    message += frame->payload;
    if (frame->is_final) return message;
  }
}

void ScriptPeer::ReadToEnd() {
  std::array<char, 65536> chunk;
  while (ReadSome(chunk.data(), chunk.size()) > 0) continue;
}

void ScriptPeer::Close() {
  ssl_.reset();
  fd_.Reset();
}

void ScriptPeer::Reset() {
  const linger hard{1, 0};
  ::setsockopt(fd_.Get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  ::shutdown(fd_.Get(), SHUT_RD);
}

std::string HeaderOf(std::string_view head, std::string_view name) {
  for (const auto line : SplitList(head, '\n')) {
    const auto colon = line.find(':');
    if (colon != std::string_view::npos && EqualsIgnoreCase(line.substr(0, colon), name)) {
      return std::string(Trim(line.substr(colon + 1)));
    }
  }
  return "";
}

std::string AcceptKey(const std::string &key) {
  const auto text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char *>(text.data()), text.size(), digest.data());
  return Base64Encode(std::string_view(reinterpret_cast<const char *>(digest.data()), digest.size()));
}

}  // namespace lookout
