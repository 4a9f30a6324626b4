// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/Sha256.hxx"
#include "base/EventLoop.hxx"
#include "proxy/BodyPace.hxx"
#include "proxy/Exchange.hxx"
#include "proxy/HeldPlaces.hxx"
#include "proxy/Limits.hxx"
#include "proxy/SpoolFile.hxx"

namespace lookout {

/** What all held bodies share. */
struct HeldBodyRoom {
  /** For those that are too large for memory; the first that can be written to is used. */
  std::vector<std::string> directories;
  HeldPlaces bodies{kMaxHeldBodies};
  HeldPlaces files{kMaxHeldFiles};
};

/**
 * Reads a whole request body and keeps it until somebody may have it: in memory up to kMaxHeldInMemory, beyond that in
 * a file, at most kMaxHeldBody. Calls back once, from the loop and never from inside the constructor, unless it is
 * destroyed first; the callback may destroy it.
 */
class HeldBody {
 public:
  struct Fault {
    enum class Kind {
      TooLarge,
      TimedOut,  // see BodyPace
      Broken,    // the client's connection or framing
      NoRoom,    // too many are held, in all or of this client, or there is no disk; `message` says which
    };
    Kind kind;
    std::string message;
  };
  struct Whole {
    Sha256Digest digest;
    /** With its exact length. It keeps its place in the room until its last byte has been read, or it is destroyed. */
    std::unique_ptr<BodySource> body;
  };
  using Callback = std::function<void(tl::expected<Whole, Fault>)>;

  /** `room` must outlive this and the body that comes of it. `client`: whose place it takes. */
  HeldBody(EventLoop &loop, HeldBodyRoom &room, const IpAddress &client, std::unique_ptr<BodySource> source,
           Callback on_done);
  HeldBody(const HeldBody &) = delete;
  HeldBody &operator=(const HeldBody &) = delete;

 private:
  using Outcome = tl::expected<Whole, Fault>;

  void Pump();
  /** nullopt while more is to come. */
  std::optional<Outcome> Collect();
  std::optional<Fault> Keep(std::string_view bytes);
  std::optional<Fault> MoveToFile();
  Whole Finish();
  void Report(Outcome outcome);

  HeldBodyRoom &room_;
  const IpAddress client_;
  std::optional<HeldPlaces::Place> place_;
  std::optional<HeldPlaces::Place> file_place_;
  std::unique_ptr<BodySource> source_;
  Callback on_done_;
  BodyDigest digest_;
  size_t size_ = 0;
  std::string memory_;
  std::optional<SpoolFile> file_;
  Deferred pump_;
  BodyPace pace_;
};

}  // namespace lookout
