// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/RequestScript.hxx"

#include <fmt/core.h>

#include "proxy/ChunkCodec.hxx"

namespace lookout {

namespace {

constexpr std::array<size_t, 6> kBodySizes = {0, 1, 17, 900, 5000, 100'000};
constexpr std::array<std::string_view, 6> kFields = {"X-A: b\r\n",
                                                     "Accept: */*\r\n",
                                                     "Expect: 100-continue\r\n",
                                                     "Connection: close\r\n",
                                                     "Connection: x-a\r\nX-A: 1\r\n",
                                                     "Connection: Upgrade\r\nUpgrade: tcp\r\n"};
/** Each of them has been used to make a proxy and a server see different requests. */
constexpr std::array<std::string_view, 16> kAmbiguities = {
    "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
    "Content-Length: 3\r\nContent-Length: 4\r\n",
    "Content-Length: 3, 4\r\n",
    "Content-Length: +3\r\n",
    "Content-Length: 0x3\r\n",
    "Content-Length: 3 4\r\n",
    "Content-Length: -1\r\n",
    "Transfer-Encoding: chunked, identity\r\n",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    "Transfer-Encoding : chunked\r\n",
    "Transfer-Encoding: xchunked\r\n",
    "X: y\r\n Content-Length: 3\r\n",
    "X: y\nContent-Length: 3\r\n",
    "X: y\rContent-Length: 3\r\n",
    "Host: other\r\n",
};

std::string MakeBody(size_t size, size_t number) {
  std::string body(size, '\0');
  for (size_t i = 0; i < size; ++i) body[i] = static_cast<char>('A' + (i * 7 + i / 97 + number) % 50);
  return body;
}

void Damage(std::string &bytes, ByteScript &script) {
  const size_t at = script.Below(256) * bytes.size() / 256;
  switch (script.Below(4)) {
    case 0: bytes.erase(at, 1 + script.Below(8)); break;
    case 1: bytes.insert(at, script.Take(6)); break;
    case 2: bytes.insert(at, "\r\n"); break;
    default: bytes[at] = static_cast<char>(script.Below(256));
  }
}

}  // namespace

WrittenRequest WriteRequest(ByteScript &script, size_t number) {
  WrittenRequest request;
  request.target = fmt::format("/q{}{}", number, script.Below(8) == 7 ? "/events" : "");
  const size_t form = script.Below(8);
  const bool has_body = form > 3;
  request.body = has_body ? MakeBody(script.Of(kBodySizes), number) : "";
  std::string fields = "Host: h\r\n";
  if (script.Flag()) fields += script.Of(kFields);
  std::string framed = request.body;
  if (form == 7) {
    fields += "Transfer-Encoding: chunked\r\n";
    framed.clear();
    const size_t piece = 1 + script.Below(256) * 20;
    for (size_t at = 0; at < request.body.size(); at += piece) AppendChunk(framed, request.body.substr(at, piece));
    framed += kLastChunk;
  } else if (has_body) {
    fields += fmt::format("Content-Length: {}\r\n", request.body.size());
  }
  const size_t fate = script.Below(16);
  if (fate == 15 && !has_body) {
    request.kind = WrittenRequest::Kind::Ambiguous;
    request.target = "/ambiguous";
    fields += script.Of(kAmbiguities);
  }
  const auto *const method = form == 0 ? "HEAD" : form == 1 ? "DELETE" : has_body ? "POST" : "GET";
  request.bytes = fmt::format("{} {} HTTP/1.1\r\n{}\r\n{}", method, request.target, fields, framed);
  if (fate > 12 && request.kind == WrittenRequest::Kind::Sound) {
    request.kind = WrittenRequest::Kind::Broken;
    Damage(request.bytes, script);
  }
  return request;
}

}  // namespace lookout
