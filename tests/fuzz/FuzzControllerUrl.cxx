// SPDX-License-Identifier: Apache-2.0
#include <curl/curl.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/IpAddress.hxx"
#include "base/Strings.hxx"
#include "tests/fuzz/Require.hxx"
#include "tunnel/ControllerUrl.hxx"

using namespace lookout;

namespace {

struct CleanUp {
  void operator()(CURLU *url) const { curl_url_cleanup(url); }
};

std::string Part(CURLU *url, CURLUPart part, unsigned flags) {
  char *text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return {};
  std::string copy = text;
  curl_free(text);
  return copy;
}

/** libcurl knows no ws and wss here, but what follows is the same. */
std::string WithHttpScheme(const ControllerUrl &url) {
  const std::string text = url.ToString();
  return (url.tls ? "https" : "http") + text.substr(text.find(':'));
}

void RequireSameAsCurl(const ControllerUrl &url) {
  const std::unique_ptr<CURLU, CleanUp> parsed(curl_url());
  Require(curl_url_set(parsed.get(), CURLUPART_URL, WithHttpScheme(url).c_str(), 0) == CURLUE_OK, "libcurl takes it");
  std::string host = Part(parsed.get(), CURLUPART_HOST, 0);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  // Of the texts that an IPv6 address can have, libcurl makes the shortest.
  const auto address = IpAddress::Parse(host);
  Require(address ? address == IpAddress::Parse(url.host) : ToLower(host) == url.host, "libcurl goes to the same host");
  Require(Part(parsed.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT) == std::to_string(url.port), "and the same port");
  Require(Part(parsed.get(), CURLUPART_USER, 0).empty(), "nobody is logged in");
}

}  // namespace

/** What was accepted reads back from its normal form as the same URL, and libcurl understands it in the same way. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const auto url = ParseControllerUrl({reinterpret_cast<const char *>(data), size});
  if (!url) {
    Require(!url.error().message.empty(), "a refusal has words");
    return 0;
  }
  const auto again = ParseControllerUrl(url->ToString());
  Require(again && *again == *url && again->HostHeader() == url->HostHeader(), "the normal form is the same URL");
  RequireSameAsCurl(*url);
  return 0;
}
