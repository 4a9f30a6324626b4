// SPDX-License-Identifier: Apache-2.0
#include "agent/ImageRef.hxx"

namespace lookout {

namespace {

constexpr std::string_view kDefaultRegistry = "docker.io";
constexpr std::string_view kDigestPrefix = "sha256:";

bool IsHex(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

/** Docker's own rule for the first part of a name: a host has a dot or a port, or is localhost. */
bool IsRegistryHost(std::string_view part) {
  return part == "localhost" || part.find_first_of(".:") != std::string_view::npos;
}

/** Cuts "@algorithm:hex" off the end of `reference`; "" when there is none. */
std::string_view TakeDigest(std::string_view &reference) {
  const size_t at = reference.rfind('@');
  if (at == std::string_view::npos) return {};
  const std::string_view digest = reference.substr(at + 1);
  const size_t colon = digest.find(':');
  if (colon == 0 || colon == std::string_view::npos || !IsHex(digest.substr(colon + 1))) return {};
  reference = reference.substr(0, at);
  return digest;
}

/** Cuts ":tag" off the end of `reference`; "" when there is none. */
std::string_view TakeTag(std::string_view &reference) {
  const size_t colon = reference.rfind(':');
  if (colon == std::string_view::npos) return {};
  const std::string_view tag = reference.substr(colon + 1);
  if (tag.empty() || tag.find('/') != std::string_view::npos) return {};
  reference = reference.substr(0, colon);
  return tag;
}

}  // namespace

bool IsImageId(std::string_view reference) {
  return reference.starts_with(kDigestPrefix) && IsHex(reference.substr(kDigestPrefix.size()));
}

ImageRef ParseImageRef(std::string_view reference) {
  if (IsImageId(reference)) {
    return {std::string(kDefaultRegistry), std::string(reference), std::string(kUnknownTag), ""};
  }
  ImageRef result;
  result.digest = TakeDigest(reference);
  const std::string_view tag = TakeTag(reference);
  if (!tag.empty()) {
    result.tag = tag;
  } else {
    result.tag = result.digest.empty() ? std::string_view("latest") : kUnknownTag;
  }
  const size_t slash = reference.find('/');
  if (slash != std::string_view::npos && IsRegistryHost(reference.substr(0, slash))) {
    result.registry = reference.substr(0, slash);
    result.name = reference.substr(slash + 1);
  } else {
    result.registry = kDefaultRegistry;
    result.name = reference;
  }
  return result;
}

}  // namespace lookout
