// SPDX-License-Identifier: Apache-2.0
#include "proxy/HijackRequest.hxx"

#include "base/Strings.hxx"

namespace lookout {

namespace {

std::optional<std::string> FindFault(const RequestHead &head) {
  if (!IsValidMethod(head.method)) return "not an HTTP method: " + Printable(head.method, 40);
  if (!IsValidTarget(head.target)) return "not a valid request target: " + Printable(head.target, 80);
  for (const auto &header : head.headers) {
    if (!IsValidHeaderName(header.name)) return "not a header name: " + Printable(header.name, 80);
    if (!IsValidHeaderValue(header.value)) return "control characters in the header " + header.name;
  }
  return std::nullopt;
}

}  // namespace

Result<std::string> MakeUpgradeHead(const RequestHead &head, std::optional<uint64_t> body_length) {
  if (auto fault = FindFault(head)) return Fail(std::move(*fault));
  const auto upgrade = head.headers.Joined("Upgrade").value_or("tcp");
  HeaderList headers = head.headers;
  StripHopByHop(headers);
  for (const auto name : {"Host", "Content-Length", "Expect"}) headers.Remove(name);
  headers.Add("Connection", "Upgrade");
  headers.Add("Upgrade", upgrade);
  if (body_length) {
    headers.Add("Content-Length", std::to_string(*body_length));
  } else {
    headers.Add("Transfer-Encoding", "chunked");
  }
  std::string text = head.method + " " + head.target + " HTTP/1.1\r\nHost: localhost\r\n";
  for (const auto &header : headers) text += header.name + ": " + header.value + "\r\n";
  return text + "\r\n";
}

}  // namespace lookout
