// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/IpAddress.hxx"

namespace lookout {

/** What a request says of the way it came. */
struct ForwardingFields {
  /** Every X-Forwarded-For line, in order, joined with commas (HeaderList::Joined); "" when there is none. */
  std::string_view forwarded_for;
  /** X-Real-IP, joined too, so that two of them count as none. */
  std::string_view real_ip;
};

/** The reverse proxies whose word on a client's address is taken (TRUSTED_PROXIES). */
class TrustedProxies {
 public:
  /** Nobody's word is taken. */
  TrustedProxies() = default;
  /** Addresses and networks, separated by commas. The error names the entry. */
  static Result<TrustedProxies> Parse(std::string_view list);

  bool Contains(const IpAddress &address) const;

  /**
   * The address of whoever sent the request that `peer` handed over. Of a peer that is not trusted it is the peer's
   * own. Otherwise X-Forwarded-For is walked from its end, where the nearest proxy writes:
   *
   * - the first address that is not trusted is the client;
   * - at an entry that is no address ("unknown", say) the walk ends, since all before it may be invented: the trusted
   *   proxy that wrote it counts as the client;
   * - when all of them are trusted, X-Real-IP counts if it is an address that is not trusted, else the peer.
   */
  IpAddress FindClient(const IpAddress &peer, const ForwardingFields &fields) const;

 private:
  std::vector<IpNetwork> networks_;
};

/**
 * An address as peers and proxies write it: with or without brackets, port, zone and blanks around it. nullopt for
 * anything else.
 */
std::optional<IpAddress> ParseHop(std::string_view text);

}  // namespace lookout
