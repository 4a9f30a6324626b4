// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "base/IpAddress.hxx"

namespace lookout {

/**
 * Places of which so many may be taken at a time, and by one client half of them at most, so that one that fills its
 * own does not keep others out. IPv6 clients count by their /64; those of unix sockets, who are few and known, may have
 * all of them.
 */
class HeldPlaces {
 public:
  explicit HeldPlaces(unsigned most) : most_(most) {}
  HeldPlaces(const HeldPlaces &) = delete;
  HeldPlaces &operator=(const HeldPlaces &) = delete;

  /** It is free again when this is destroyed. */
  class Place {
   private:
    friend HeldPlaces;
    struct Release {
      IpAddress key;
      void operator()(HeldPlaces *places) const { places->Free(key); }
    };
    Place(HeldPlaces &places, const IpAddress &key) : places_(&places, Release{key}) {}

    std::unique_ptr<HeldPlaces, Release> places_;
  };

  /** nullopt when there is none for that client. This must outlive the place. */
  std::optional<Place> TryTake(const IpAddress &client);
  unsigned Taken() const { return taken_; }

 private:
  void Free(const IpAddress &key);

  const unsigned most_;
  unsigned taken_ = 0;
  std::map<IpAddress, unsigned> taken_by_;
};

}  // namespace lookout
