// SPDX-License-Identifier: Apache-2.0
#include "proxy/HttpParser.hxx"

#include <algorithm>

#include "base/Strings.hxx"
#include "proxy/Limits.hxx"

namespace lookout {

namespace {

/** Takes the next line off `text`, without its CRLF. */
std::string_view TakeLine(std::string_view &text) {
  const size_t end = text.find("\r\n");
  const auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
  return line;
}

std::string_view TrimBlanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

HttpResult<HttpVersion> ParseVersion(std::string_view text) {
  if (text == "HTTP/1.1") return HttpVersion::V11;
  if (text == "HTTP/1.0") return HttpVersion::V10;
  if (!text.starts_with("HTTP/")) return HttpFail(400, "not an HTTP message");
  return HttpFail(505, "only HTTP/1.0 and HTTP/1.1 are supported, not " + Printable(text, 40));
}

HttpResult<HeaderList> ParseFields(std::string_view lines) {
  HeaderList headers;
  while (!lines.empty()) {
    const auto line = TakeLine(lines);
    const size_t colon = line.find(':');
    const auto name = line.substr(0, colon);
    if (colon == std::string_view::npos || !IsValidHeaderName(name)) {
      return HttpFail(400, "not a header line: " + Printable(line, 80));
    }
    const auto value = TrimBlanks(line.substr(colon + 1));
    if (!IsValidHeaderValue(value)) return HttpFail(400, "control characters in the field " + Printable(name, 80));
    if (headers.Size() == kMaxHttpFields) return HttpFail(431, "more than 128 header fields");
    headers.Add(name, value);
  }
  return headers;
}

/** RFC 3986 host and port, roughly: nothing that could end the authority or hide another one. */
bool IsValidHost(std::string_view host) {
  static constexpr std::string_view kMarks = "-._~%!$&'()*+;=:[]";
  return std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

HttpResult<void> CheckHost(const HeaderList &headers, HttpVersion version) {
  const auto count = std::count_if(headers.begin(), headers.end(),
                                   [](const Header &header) { return EqualsIgnoreCase(header.name, "Host"); });
  if (count > 1) return HttpFail(400, "more than one Host field");
  if (count == 0) {
    if (version == HttpVersion::V11) return HttpFail(400, "no Host field");
    return {};
  }
  const auto &host = *headers.Find("Host");
  if (!IsValidHost(host)) return HttpFail(400, "not a host name: " + Printable(host, 80));
  return {};
}

/** Turns "http://host/path" into "/path" and a Host field. */
HttpResult<void> ReduceAbsoluteTarget(RequestHead &head) {
  const size_t scheme_end = head.target.find("://");
  if (scheme_end == std::string::npos) return {};
  const auto scheme = ToLower(std::string_view(head.target).substr(0, scheme_end));
  if (scheme != "http" && scheme != "https") return {};
  const size_t host_start = scheme_end + 3;
  const size_t host_end = std::min(head.target.find_first_of("/?", host_start), head.target.size());
  const auto host = head.target.substr(host_start, host_end - host_start);
  if (host.empty() || !IsValidHost(host)) return HttpFail(400, "no valid host in the request target");
  head.headers.Set("Host", host);
  head.target.erase(0, host_end);
  if (!head.target.starts_with('/')) head.target.insert(0, 1, '/');
  return {};
}

HttpResult<void> CheckTarget(const RequestHead &head) {
  if (IsValidTarget(head.target) || (head.target == "*" && head.method == "OPTIONS")) return {};
  constexpr size_t kLongTarget = 16 * 1024;
  if (head.target.size() > kLongTarget) return HttpFail(414, "the request target is over 16 KiB");
  return HttpFail(400, "the request target is not an absolute path: " + Printable(head.target, 80));
}

/** The whole request line but its version. */
HttpResult<void> ParseRequestLine(std::string_view line, RequestMessage &message) {
  const size_t method_end = line.find(' ');
  const size_t target_end = line.rfind(' ');
  if (method_end == std::string_view::npos || method_end == target_end) {
    return HttpFail(400, "not an HTTP request: " + Printable(line, 80));
  }
  const auto version = ParseVersion(line.substr(target_end + 1));
  if (!version) return tl::unexpected(version.error());
  message.version = *version;
  message.head.method = line.substr(0, method_end);
  message.head.target = line.substr(method_end + 1, target_end - method_end - 1);
  if (!IsValidMethod(message.head.method)) return HttpFail(400, "not a method: " + Printable(line, 80));
  return {};
}

}  // namespace

HttpResult<RequestMessage> ParseRequest(std::string_view text) {
  RequestMessage message;
  if (auto line = ParseRequestLine(TakeLine(text), message); !line) return tl::unexpected(line.error());
  auto fields = ParseFields(text);
  if (!fields) return tl::unexpected(fields.error());
  message.head.headers = std::move(*fields);
  if (auto host = CheckHost(message.head.headers, message.version); !host) return tl::unexpected(host.error());
  if (auto target = ReduceAbsoluteTarget(message.head); !target) return tl::unexpected(target.error());
  if (auto target = CheckTarget(message.head); !target) return tl::unexpected(target.error());
  const auto framing = ParseRequestFraming(message.head, message.version);
  if (!framing) return tl::unexpected(framing.error());
  message.framing = *framing;
  return message;
}

HttpResult<ResponseMessage> ParseResponse(std::string_view text) {
  ResponseMessage message;
  const auto line = TakeLine(text);
  const auto version = ParseVersion(line.substr(0, line.find(' ')));
  if (!version) return tl::unexpected(version.error());
  message.version = *version;
  constexpr size_t kStatusAt = 9;
  constexpr size_t kReasonAt = 13;
  const auto status = line.size() < kReasonAt - 1 ? std::nullopt : ParseInt(line.substr(kStatusAt, 3));
  if (!status || *status < 100 || *status > 599 || (line.size() >= kReasonAt && line[kReasonAt - 1] != ' ')) {
    return HttpFail(400, "not an HTTP status line: " + Printable(line, 80));
  }
  message.head.status = static_cast<int>(*status);
  if (line.size() > kReasonAt) message.head.reason = line.substr(kReasonAt);
  if (!IsValidHeaderValue(message.head.reason)) return HttpFail(400, "control characters in the status line");
  auto fields = ParseFields(text);
  if (!fields) return tl::unexpected(fields.error());
  message.head.headers = std::move(*fields);
  return message;
}

}  // namespace lookout
