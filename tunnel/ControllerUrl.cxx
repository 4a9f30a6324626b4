// SPDX-License-Identifier: Apache-2.0
#include "tunnel/ControllerUrl.hxx"

#include <arpa/inet.h>
#include <fmt/core.h>

#include <algorithm>

#include "base/Strings.hxx"

namespace lookout {

namespace {

constexpr std::string_view kExample = "https://controller.example.com";
/** libwebsockets cuts off a longer path or Host header without a word (request line 2047 bytes, Host 127). */
constexpr size_t kMaxUrl = 1024;
constexpr size_t kMaxName = 110;
constexpr size_t kMaxLabel = 63;

/** For inet_pton(3) a text ends at its first NUL. */
bool HasNul(const std::string &text) {
  return text.find('\0') != std::string::npos;
}

bool IsIpv4Address(const std::string &text) {
  in_addr address{};
  return !HasNul(text) && inet_pton(AF_INET, text.c_str(), &address) == 1;
}

bool IsIpv6Address(const std::string &text) {
  in6_addr address{};
  return !HasNul(text) && inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

bool IsNameChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/** Digits, or 0x and hexadecimal ones: what resolvers take for a part of an IPv4 address (inet_aton(3)). */
bool IsNumber(std::string_view label) {
  const bool is_hex = label.starts_with("0x");
  if (is_hex) label.remove_prefix(2);
  return std::all_of(label.begin(), label.end(),
                     [is_hex](char c) { return IsDigit(c) || (is_hex && c >= 'a' && c <= 'f'); });
}

/** A DNS name, also with the underscores that container networks use. */
bool IsDnsName(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > kMaxName) return false;
  while (true) {
    const auto label = name.substr(0, name.find('.'));
    if (label.empty() || label.size() > kMaxLabel || !std::all_of(label.begin(), label.end(), IsNameChar)) return false;
    if (label.size() == name.size()) break;
    name.remove_prefix(label.size() + 1);
  }
  // A number at the end is a mistyped IPv4 address, or an unusual one, never a name.
  return !IsNumber(name);
}

/** Printable ASCII that may stand in the path of a request line. */
bool IsPathChar(char c) {
  return c > ' ' && c < 0x7f && std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos;
}

/** One URL on its way through the parser; every step takes its part from the front of `rest`. */
class UrlParser {
 public:
  explicit UrlParser(std::string_view text) : text_(text), rest_(text) {}

  Result<ControllerUrl> Parse() {
    if (text_.empty()) return Fail(fmt::format("the controller URL is empty; write for example {}", kExample));
    if (text_.size() > kMaxUrl) return Fail(fmt::format("the controller URL is longer than {} characters", kMaxUrl));
    for (const auto step : {&UrlParser::TakeScheme, &UrlParser::TakeAuthority, &UrlParser::TakePath}) {
      if (auto done = (this->*step)(); !done) return tl::unexpected(done.error());
    }
    return url_;
  }

 private:
  tl::unexpected<Error> Wrong(std::string_view reason) const {
    return Fail(fmt::format("controller URL \"{}\": {}", Printable(Hidden()), reason));
  }

  /** The URL for an error text, without user name and password. */
  std::string Hidden() const {
    const auto start = text_.find("://");
    const size_t from = start == std::string_view::npos ? 0 : start + 3;
    const auto at = text_.substr(from, text_.find_first_of("/?#", from) - from).rfind('@');
    if (at == std::string_view::npos) return std::string(text_);
    return fmt::format("{}***{}", text_.substr(0, from), text_.substr(from + at));
  }

  Result<void> TakeScheme() {
    const auto end = rest_.find("://");
    if (end == std::string_view::npos) {
      return Wrong(
          fmt::format("the scheme is missing; write https:// (or http://) in front of it, as in {}", kExample));
    }
    const auto scheme = ToLower(rest_.substr(0, end));
    if (scheme != "http" && scheme != "https" && scheme != "ws" && scheme != "wss") {
      return Wrong(fmt::format("the scheme must be https, http, wss or ws; write for example {}", kExample));
    }
    url_.tls = scheme == "https" || scheme == "wss";
    rest_.remove_prefix(end + 3);
    return {};
  }

  Result<void> TakeAuthority() {
    const auto end = std::min(rest_.find_first_of("/?#"), rest_.size());
    const auto authority = rest_.substr(0, end);
    rest_.remove_prefix(end);
    if (authority.find('@') != std::string_view::npos) {
      return Wrong("remove the user name and password; the agent proves itself with its key (or token), not with them");
    }
    return authority.starts_with('[') ? TakeIpv6(authority) : TakeHost(authority);
  }

  Result<void> TakeIpv6(std::string_view authority) {
    const auto close = authority.find(']');
    url_.host = ToLower(authority.substr(1, std::min(close, authority.size()) - 1));
    if (close == std::string_view::npos || !IsIpv6Address(url_.host)) {
      return Wrong("between the brackets there must be an IPv6 address, as in https://[2001:db8::1]:443");
    }
    const auto behind = authority.substr(close + 1);
    if (!behind.empty() && behind.front() != ':') return Wrong("behind ']' there may only be a port, as in [::1]:8443");
    return TakePort(behind);
  }

  Result<void> TakeHost(std::string_view authority) {
    const auto colon = std::min(authority.find(':'), authority.size());
    url_.host = ToLower(authority.substr(0, colon));
    if (url_.host.empty()) return Wrong(fmt::format("the host is missing; write for example {}", kExample));
    if (std::count(authority.begin(), authority.end(), ':') > 1) {
      return Wrong("an IPv6 address needs brackets, as in https://[2001:db8::1]:443");
    }
    if (!IsIpv4Address(url_.host) && !IsDnsName(url_.host)) {
      return Wrong("the host must be a DNS name (international names in their xn-- form), an IPv4 address or [IPv6]");
    }
    return TakePort(authority.substr(colon));
  }

  /** `text` is "" or ':' and what follows. */
  Result<void> TakePort(std::string_view text) {
    url_.port = url_.tls ? 443 : 80;
    if (text.empty()) return {};
    text.remove_prefix(1);
    const auto port = ParseInt(text);
    if (!port || *port < 1 || *port > 65535 || text.front() == '-') {
      return Wrong("the port must be a number from 1 to 65535");
    }
    url_.port = static_cast<uint16_t>(*port);
    return {};
  }

  Result<void> TakePath() {
    if (rest_.find('?') != std::string_view::npos) return Wrong("remove the query (everything from '?' on)");
    if (rest_.find('#') != std::string_view::npos) return Wrong("remove the fragment (everything from '#' on)");
    if (!std::all_of(rest_.begin(), rest_.end(), IsPathChar)) {
      return Wrong("the path may not hold blanks or special characters; percent-encode them");
    }
    while (rest_.ends_with('/')) rest_.remove_suffix(1);
    url_.base_path = rest_;
    return {};
  }

  const std::string_view text_;
  std::string_view rest_;
  ControllerUrl url_;
};

}  // namespace

bool ControllerUrl::IsAddress() const {
  return IsIpv4Address(host) || IsIpv6Address(host);
}

bool ControllerUrl::IsLoopback() const {
  if (IsIpv4Address(host)) return host.starts_with("127.");
  in6_addr address{};
  if (inet_pton(AF_INET6, host.c_str(), &address) == 1) {
    const bool mapped = IN6_IS_ADDR_V4MAPPED(&address) && address.s6_addr[12] == 127;
    return mapped || IN6_IS_ADDR_LOOPBACK(&address);
  }
  return host == "localhost" || host.ends_with(".localhost");
}

std::string ControllerUrl::HostHeader() const {
  const bool is_default = port == (tls ? 443 : 80);
  if (!is_default) return Authority();
  return IsIpv6() ? fmt::format("[{}]", host) : host;
}

std::string ControllerUrl::Authority() const {
  return IsIpv6() ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

std::string ControllerUrl::ToString() const {
  return fmt::format("{}://{}{}", tls ? "wss" : "ws", Authority(), base_path);
}

Result<ControllerUrl> ParseControllerUrl(std::string_view text) {
  return UrlParser(Trim(text)).Parse();
}

Result<std::vector<ControllerUrl>> ParseControllerUrls(std::string_view text) {
  std::vector<ControllerUrl> urls;
  for (const auto part : SplitList(text)) {
    auto url = ParseControllerUrl(part);
    if (!url) return tl::unexpected(url.error());
    urls.push_back(std::move(*url));
  }
  if (urls.empty()) return Fail(fmt::format("the controller URL is empty; write for example {}", kExample));
  return urls;
}

}  // namespace lookout
