// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/LogAnswer.hxx"

using namespace lookout;

/**
 * Up to the first line break it is a container, as a client names it; the rest is the query. Whatever is accepted is
 * one target of one container, in which the client's words are values and nothing else.
 */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const std::string_view text(reinterpret_cast<const char *>(data), size);
  const size_t end = text.find('\n');
  const std::string container(text.substr(0, end));
  const auto query = ParseLogQuery(container, end == std::string_view::npos ? "" : text.substr(end + 1));
  if (!query) return 0;
  const std::string target = ContainerLogReader::MakeTarget(*query);
  if (!target.starts_with("/containers/" + container + "/logs?")) std::abort();
  const auto rest = std::string_view(target).substr(container.size() + 18);
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%=&";
  if (rest.find_first_not_of(kAllowed) != std::string_view::npos) std::abort();
  for (const auto *const name : {"follow=", "since=", "stderr=1", "tail=", "timestamps=", "until="}) {
    const size_t first = ("&" + std::string(rest)).find("&" + std::string(name));
    if (first != std::string::npos &&
        ("&" + std::string(rest)).find("&" + std::string(name), first + 1) != std::string::npos) {
      std::abort();
    }
  }
  return 0;
}
