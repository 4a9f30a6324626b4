// SPDX-License-Identifier: Apache-2.0
#include "tunnel/OutboundProxy.hxx"

#include <fmt/core.h>

#include "base/Strings.hxx"
#include "tunnel/NoProxyRule.hxx"

namespace lookout {

namespace {

constexpr std::string_view kForm = "http://user:password@host:port";

tl::unexpected<Error> Wrong(std::string_view variable, std::string_view reason) {
  return Fail(fmt::format("{}: {}", variable, reason));
}

/** Splits "user:password", both percent-encoded. */
Result<void> ReadCredentials(std::string_view text, std::string_view variable, ProxyUrl &proxy) {
  const auto colon = text.find(':');
  const auto user = PercentDecode(text.substr(0, colon));
  const auto password = PercentDecode(colon == std::string_view::npos ? "" : text.substr(colon + 1));
  if (!user || !password) {
    return Wrong(variable, "the user name or password has a broken percent-escape; write '%' itself as %25");
  }
  if (user->find(':') != std::string::npos) {
    return Wrong(variable, "the user name may not hold ':' (basic credentials cannot carry it)");
  }
  proxy.has_credentials = true;
  proxy.user = *user;
  proxy.password = *password;
  return {};
}

}  // namespace

std::string ProxyUrl::Authority() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

Result<ProxyUrl> ParseProxyUrl(std::string_view text, std::string_view variable) {
  text = Trim(text);
  const auto scheme_end = text.find("://");
  if (scheme_end != std::string_view::npos) {
    const auto scheme = ToLower(text.substr(0, scheme_end));
    if (scheme != "http") {
      return Wrong(variable,
                   fmt::format("proxies of the kind {}:// are not supported; write {}", Printable(scheme, 16), kForm));
    }
    text.remove_prefix(scheme_end + 3);
  }
  ProxyUrl proxy;
  const auto authority_end = text.find_first_of("/?#");
  // The last '@', since passwords are often written unescaped.
  const auto at = text.substr(0, authority_end).rfind('@');
  if (at != std::string_view::npos) {
    if (auto read = ReadCredentials(text.substr(0, at), variable, proxy); !read) return tl::unexpected(read.error());
    text.remove_prefix(at + 1);
  }
  // What is left has the form of a controller URL; a proxy has no path.
  const auto place = ParseControllerUrl(fmt::format("http://{}", text));
  if (!place) return Wrong(variable, fmt::format("not a proxy address; write {}", kForm));
  if (!place->base_path.empty()) return Wrong(variable, fmt::format("a proxy has no path; write {}", kForm));
  proxy.host = place->host;
  proxy.port = place->port;
  return proxy;
}

Result<std::optional<ProxyUrl>> ChooseProxy(const ProxyEnvironment &environment, const ControllerUrl &url) {
  const auto &value = url.tls ? environment.https_proxy : environment.http_proxy;
  if (Trim(value).empty() || url.IsLoopback() || IsProxyBypassed(environment.no_proxy, url)) return std::nullopt;
  auto proxy = ParseProxyUrl(value, url.tls ? "HTTPS_PROXY" : "HTTP_PROXY");
  if (!proxy) return tl::unexpected(proxy.error());
  return std::optional(std::move(*proxy));
}

bool IsProxyBypassed(std::string_view no_proxy, const ControllerUrl &url) {
  for (const auto entry : SplitList(no_proxy)) {
    if (NoProxyRule(entry).Matches(url)) return true;
  }
  return false;
}

}  // namespace lookout
