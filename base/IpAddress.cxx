// SPDX-License-Identifier: Apache-2.0
#include "base/IpAddress.hxx"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/Strings.hxx"

namespace lookout {

namespace {

/** What an IPv4-mapped address has before the IPv4 address (RFC 4291 section 2.5.5.2). */
constexpr std::array<uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr size_t kMappedBits = kMappedPrefix.size() * 8;

std::optional<size_t> ParsePrefix(std::string_view digits) {
  size_t bits = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return bits;
}

}  // namespace

std::optional<IpAddress> IpAddress::Parse(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string terminated(text);
  IpAddress address;
  if (inet_pton(AF_INET, terminated.c_str(), address.bytes_.data()) == 1) {
    address.size_ = 4;
    return address;
  }
  if (inet_pton(AF_INET6, terminated.c_str(), address.bytes_.data()) != 1) return std::nullopt;
  address.size_ = 16;
  if (!std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes_.begin())) return address;
  IpAddress ipv4;
  std::copy(address.bytes_.begin() + kMappedPrefix.size(), address.bytes_.end(), ipv4.bytes_.begin());
  ipv4.size_ = 4;
  return ipv4;
}

bool IpAddress::IsLoopback() const {
  if (size_ == 4) return bytes_[0] == 127;
  return size_ == 16 && bytes_[15] == 1 && std::all_of(bytes_.begin(), bytes_.end() - 1, [](auto b) { return b == 0; });
}

IpAddress IpAddress::Masked(size_t bits) const {
  IpAddress masked = *this;
  for (size_t i = 0; i < size_; ++i) {
    const size_t kept = std::min<size_t>(bits - std::min(bits, i * 8), 8);
    masked.bytes_[i] = static_cast<uint8_t>(masked.bytes_[i] & (0xff00U >> kept));
  }
  return masked;
}

std::string IpAddress::ToString() const {
  if (IsNone()) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  return inet_ntop(IsIpv6() ? AF_INET6 : AF_INET, bytes_.data(), text.data(), text.size());
}

Result<IpNetwork> IpNetwork::Parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto literal = text.substr(0, slash);
  const auto address = IpAddress::Parse(literal);
  if (!address) return Fail(fmt::format("\"{}\" is not an IP address or network", Printable(text, 60)));
  const size_t whole = address->Bytes().size() * 8;
  if (slash == std::string_view::npos) return IpNetwork(*address, whole);

  const bool is_mapped = !address->IsIpv6() && literal.find(':') != std::string_view::npos;
  const size_t unused = is_mapped ? kMappedBits : 0;
  const auto bits = ParsePrefix(text.substr(slash + 1));
  if (!bits || *bits < unused || *bits > unused + whole) {
    return Fail(fmt::format("\"{}\" must have a prefix length from {} to {} behind the slash", Printable(text, 60),
                            unused, unused + whole));
  }
  return IpNetwork(*address, *bits - unused);
}

bool IpNetwork::Contains(const IpAddress &address) const {
  return address.Bytes().size() == base_.Bytes().size() && address.Masked(bits_) == base_;
}

}  // namespace lookout
