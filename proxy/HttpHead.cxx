// SPDX-License-Identifier: Apache-2.0
#include "proxy/HttpHead.hxx"

#include <algorithm>
#include <array>

#include "base/Strings.hxx"

namespace lookout {

namespace {

constexpr size_t kMaxMethod = 32;
constexpr size_t kMaxTarget = 16 * 1024;

/** RFC 9110 section 5.6.2. */
bool IsToken(std::string_view text) {
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

/** What proxies say of the client: were it removed at the client's wish, the client could hide behind the proxy. */
bool IsForwarding(std::string_view name) {
  return EqualsIgnoreCase(name, "X-Forwarded-For") || EqualsIgnoreCase(name, "X-Real-IP");
}

bool IsHopByHop(const Header &field) {
  static constexpr std::array<std::string_view, 9> kNames = {
      "Connection", "Keep-Alive",        "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE",
      "Trailer",    "Transfer-Encoding", "Upgrade"};
  return std::any_of(kNames.begin(), kNames.end(),
                     [&field](std::string_view name) { return EqualsIgnoreCase(field.name, name); });
}

}  // namespace

void HeaderList::Set(std::string_view name, std::string_view value) {
  Remove(name);
  Add(name, value);
}

void HeaderList::Remove(std::string_view name) {
  RemoveIf([name](const Header &header) { return EqualsIgnoreCase(header.name, name); });
}

const std::string *HeaderList::Find(std::string_view name) const {
  const auto found = std::find_if(headers_.begin(), headers_.end(),
                                  [name](const Header &header) { return EqualsIgnoreCase(header.name, name); });
  return found == headers_.end() ? nullptr : &found->value;
}

bool HeaderList::HasToken(std::string_view name, std::string_view token) const {
  for (const auto &header : headers_) {
    if (!EqualsIgnoreCase(header.name, name)) continue;
    for (const auto part : SplitList(header.value)) {
      if (EqualsIgnoreCase(part, token)) return true;
    }
  }
  return false;
}

std::optional<std::string> HeaderList::Joined(std::string_view name) const {
  std::optional<std::string> joined;
  for (const auto &header : headers_) {
    if (!EqualsIgnoreCase(header.name, name)) continue;
    if (joined) {
      *joined += ", " + header.value;
    } else {
      joined = header.value;
    }
  }
  return joined;
}

void StripHopByHop(HeaderList &headers) {
  const auto connection = headers.Joined("Connection").value_or("");
  for (const auto named : SplitList(connection)) {
    if (!IsForwarding(named)) headers.Remove(named);
  }
  headers.RemoveIf(IsHopByHop);
}

std::string_view RequestHead::Query() const {
  const auto mark = target.find('?');
  return mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
}

bool IsValidMethod(std::string_view method) {
  return method.size() <= kMaxMethod && IsToken(method);
}

bool IsValidTarget(std::string_view target) {
  return target.starts_with('/') && target.size() <= kMaxTarget &&
         std::all_of(target.begin(), target.end(), [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
}

bool IsValidHeaderName(std::string_view name) {
  return IsToken(name);
}

bool IsValidHeaderValue(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

}  // namespace lookout
