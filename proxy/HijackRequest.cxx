// SPDX-License-Identifier: Apache-2.0
#include "proxy/HijackRequest.hxx"

#include <fmt/core.h>

#include "base/Strings.hxx"

namespace lookout {

namespace {

std::optional<std::string> FindHijackFault(const RequestHead &head) {
  if (!IsValidMethod(head.method)) return "not an HTTP method: " + Printable(head.method, 40);
  if (!IsValidTarget(head.target)) return "not a valid request target: " + Printable(head.target, 80);
  for (const auto &header : head.headers) {
    if (!IsValidHeaderName(header.name)) return "not a header name: " + Printable(header.name, 80);
    if (!IsValidHeaderValue(header.value)) return "control characters in the header " + header.name;
  }
  return std::nullopt;
}

}  // namespace

Result<std::string> MakeHijackHead(const RequestHead &head, const HijackHeadForm &form) {
  if (auto fault = FindHijackFault(head)) return Fail(std::move(*fault));
  const auto upgrade = head.headers.Joined("Upgrade").value_or("tcp");
  HeaderList headers = head.headers;
  StripHopByHop(headers);
  for (const auto name : {"Host", "Content-Length", "Expect"}) headers.Remove(name);
  headers.Add("Connection", form.is_upgrade ? "Upgrade" : "close");
  if (form.is_upgrade) headers.Add("Upgrade", upgrade);
  if (form.body.length) {
    headers.Add("Content-Length", std::to_string(*form.body.length));
  } else if (form.body.present) {
    headers.Add("Transfer-Encoding", "chunked");
  } else if (form.is_upgrade || head.method == "POST" || head.method == "PUT" || head.method == "PATCH") {
    headers.Add("Content-Length", "0");
  }
  std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", head.method, head.target, form.host);
  for (const auto &header : headers) text += header.name + ": " + header.value + "\r\n";
  return text + "\r\n";
}

}  // namespace lookout
