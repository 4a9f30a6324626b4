// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "proxy/ChunkCodec.hxx"

namespace {

using namespace lookout;

struct Decoded {
  std::string body;
  size_t used = 0;
  bool failed = false;
  bool done = false;

  bool operator==(const Decoded &) const = default;
};

Decoded Decode(std::string_view wire, size_t piece) {
  ChunkDecoder decoder;
  Decoded decoded;
  while (decoded.used < wire.size() && !decoder.IsDone()) {
    const auto step = decoder.Next(wire.substr(decoded.used, piece));
    if (!step) {
      // Where in a bad piece the fault is found may differ; that it is found may not.
      decoded.used = 0;
      decoded.failed = true;
      return decoded;
    }
    if (step->used == 0 || step->body.size() > step->used) std::abort();
    decoded.used += step->used;
    decoded.body += step->body;
  }
  decoded.done = decoder.IsDone();
  return decoded;
}

}  // namespace

/** The first byte is the size of the pieces, which must make no difference; what was decoded must encode again. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  const std::string_view wire(reinterpret_cast<const char *>(data) + 1, size - 1);
  const size_t piece = data[0] + size_t{1};
  const auto whole = Decode(wire, wire.size());
  if (!(Decode(wire, piece) == whole)) std::abort();
  std::string again;
  for (size_t at = 0; at < whole.body.size(); at += piece) AppendChunk(again, whole.body.substr(at, piece));
  again += kLastChunk;
  const auto decoded = Decode(again, again.size());
  if (!decoded.done || decoded.body != whole.body) std::abort();
  return 0;
}
