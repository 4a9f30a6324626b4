// SPDX-License-Identifier: Apache-2.0
#include "auth/SignedTarget.hxx"

#include <fmt/format.h>

#include <algorithm>

#include "base/Strings.hxx"

namespace lookout {

namespace {

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/** Which characters stay as they are when a path is encoded anew. */
bool IsPlain(char c) {
  return IsAlphanumeric(c) || std::string_view("-_.~$&+,/:;=@").find(c) != std::string_view::npos;
}

/** Which characters a path may have as it is received: some more. */
bool IsLegal(char c) {
  return IsPlain(c) || std::string_view("!'()*[]%").find(c) != std::string_view::npos;
}

bool IsControl(unsigned char c) {
  return c < 0x20 || c == 0x7f;
}

/** Drops the scheme and the host of the absolute form (RFC 9112 section 3.2.2). */
std::string_view DropOrigin(std::string_view target) {
  const auto scheme_end = target.find("://");
  if (target.starts_with('/') || scheme_end == std::string_view::npos) return target;
  target.remove_prefix(scheme_end + 3);
  return target.substr(std::min(target.find_first_of("/?"), target.size()));
}

std::string EncodePath(std::string_view decoded) {
  std::string encoded;
  for (const char c : decoded) {
    if (IsPlain(c)) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

bool CouldBeTarget(std::string_view decoded) {
  return std::any_of(decoded.begin(), decoded.end(),
                     [](char c) { return c == '?' || c == '%' || IsControl(static_cast<unsigned char>(c)); });
}

}  // namespace

std::optional<std::string> MakeSignedTarget(SignatureVersion version, std::string_view target) {
  target = DropOrigin(target);
  const auto mark = std::min(target.find('?'), target.size());
  const auto path = mark == 0 ? "/" : target.substr(0, mark);
  auto decoded = PercentDecode(path);
  if (!decoded) return std::nullopt;
  if (version == SignatureVersion::Path) {
    if (mark != target.size() || CouldBeTarget(*decoded)) return std::nullopt;
    return decoded;
  }
  const bool is_legal = std::all_of(path.begin(), path.end(), IsLegal);
  return (is_legal ? std::string(path) : EncodePath(*decoded)) + std::string(target.substr(mark));
}

}  // namespace lookout
