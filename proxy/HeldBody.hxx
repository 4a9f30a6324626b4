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
#include "proxy/SpoolFile.hxx"

namespace lookout {

/** A place among those that may hold something at a time; it is free again when this is destroyed. */
class HeldPlace {
 public:
  /** nullopt when all `most` are taken; `taken` must outlive the place. */
  static std::optional<HeldPlace> TryTake(unsigned &taken, unsigned most);

 private:
  struct Release {
    void operator()(unsigned *taken) const { --*taken; }
  };
  explicit HeldPlace(unsigned &taken) : taken_(&taken) { ++taken; }

  std::unique_ptr<unsigned, Release> taken_;
};

/** What all held bodies share. */
struct HeldBodyRoom {
  /** For those that are too large for memory; the first that can be written to is used. */
  std::vector<std::string> directories;
  unsigned bodies = 0;
  unsigned files = 0;
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
      NoRoom,    // too many are held, or there is no disk; `message` says which
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

  /** `room` must outlive this and the body that comes of it. */
  HeldBody(EventLoop &loop, HeldBodyRoom &room, std::unique_ptr<BodySource> source, Callback on_done);
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
  std::optional<HeldPlace> place_;
  std::optional<HeldPlace> file_place_;
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
