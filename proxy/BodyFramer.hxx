// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "proxy/BodyFraming.hxx"
#include "proxy/ChunkCodec.hxx"

namespace lookout {

/** Takes the framing off one body, whichever it has; knows where the body ends and the next message begins. */
class BodyFramer {
 public:
  using Step = ChunkDecoder::Step;

  explicit BodyFramer(BodyFraming framing);

  /** See ChunkDecoder::Next(). Uses nothing once the body is done. */
  Result<Step> Next(std::string_view input);
  bool IsDone() const { return done_; }
  /** The peer has sent EOF: true when the body is whole. */
  bool FinishAtEof();

 private:
  BodyFraming framing_;
  ChunkDecoder chunks_;
  bool done_;
};

}  // namespace lookout
