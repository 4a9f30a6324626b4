// SPDX-License-Identifier: Apache-2.0
#include "proxy/CurlRequest.hxx"

namespace lookout {

namespace {

void SetUpBody(CurlEasy &easy, std::string_view method, BodyShape body) {
  if (method == "HEAD") {
    easy.SetNoBody();
  } else if (body.present && body.length.value_or(1) != 0) {
    easy.SetUpload(body.length ? static_cast<curl_off_t>(*body.length) : -1);
    if (!body.length) easy.AddHeader("Transfer-Encoding", "chunked");
  } else if (body.present || method == "POST" || method == "PUT" || method == "PATCH") {
    easy.SetEmptyBody();
  }
}

/** Safe methods of RFC 9110: carrying one out twice does no harm. */
bool MayRepeat(std::string_view method, BodyShape body) {
  return !body.present && (method == "GET" || method == "HEAD" || method == "OPTIONS");
}

}  // namespace

void SetUpRequest(CurlEasy &easy, const RequestHead &head, BodyShape body) {
  easy.SetUrl("http://localhost/");
  easy.SetRequestTarget(head.target);
  SetUpBody(easy, head.method, body);
  if (head.method != "HEAD") easy.SetMethod(head.method);
  if (!MayRepeat(head.method, body)) easy.SetFreshConnect();

  HeaderList headers = head.headers;
  StripHopByHop(headers);
  for (const auto name : {"Host", "Content-Length", "Expect"}) headers.Remove(name);
  for (const auto &header : headers) easy.AddHeader(header.name, header.value);
  easy.SuppressHeader("Expect");
  for (const auto name : {"Accept", "Content-Type"}) {
    if (!headers.Has(name)) easy.SuppressHeader(name);
  }
  easy.ApplyHeaders();
}

}  // namespace lookout
