// SPDX-License-Identifier: Apache-2.0
#include "proxy/CurlRequest.hxx"

namespace lookout {

namespace {

/** With which kind of body libcurl writes the request. */
enum class Sending { Nothing, EmptyBody, Body };

Sending ChooseSending(std::string_view method, BodyShape body) {
  if (method == "HEAD") return Sending::Nothing;
  if (body.present && body.length.value_or(1) != 0) return Sending::Body;
  const bool has_body_by_nature = method == "POST" || method == "PUT" || method == "PATCH";
  return body.present || has_body_by_nature ? Sending::EmptyBody : Sending::Nothing;
}

void SetUpBody(CurlEasy &easy, Sending sending, std::optional<uint64_t> length) {
  if (sending == Sending::EmptyBody) easy.SetEmptyBody();
  if (sending != Sending::Body) return;
  easy.SetUpload(length ? static_cast<curl_off_t>(*length) : -1);
  if (!length) easy.AddHeader("Transfer-Encoding", "chunked");
}

/** Safe methods of RFC 9110: carrying one out twice does no harm. */
bool MayRepeat(std::string_view method, BodyShape body) {
  return !body.present && (method == "GET" || method == "HEAD" || method == "OPTIONS");
}

void SetUpHeaders(CurlEasy &easy, HeaderList headers, Sending sending) {
  StripHopByHop(headers);
  for (const auto name : {"Host", "Content-Length", "Expect"}) headers.Remove(name);
  for (const auto &header : headers) easy.AddHeader(header.name, header.value);
  if (!headers.Has("Accept")) easy.SuppressHeader("Accept");
  // These come with a body only.
  if (sending != Sending::Nothing) {
    easy.SuppressHeader("Expect");
    if (!headers.Has("Content-Type")) easy.SuppressHeader("Content-Type");
  }
  easy.ApplyHeaders();
}

}  // namespace

void SetUpRequest(CurlEasy &easy, RequestHead head, BodyShape body) {
  const Sending sending = ChooseSending(head.method, body);
  easy.SetRequestTarget(head.target);
  SetUpBody(easy, sending, body.length);
  if (head.method == "HEAD") {
    easy.SetNoBody();
  } else if (head.method != "GET" || sending != Sending::Nothing) {
    easy.SetMethod(head.method);
  }
  if (!MayRepeat(head.method, body)) easy.SetFreshConnect();
  SetUpHeaders(easy, std::move(head.headers), sending);
}

}  // namespace lookout
