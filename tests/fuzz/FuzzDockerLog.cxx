// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "tunnel/DockerLogDecoder.hxx"

using namespace lookout;

namespace {

struct Decoded {
  std::string out;
  std::string err;
  DockerLogDecoder decoder;

  void Feed(std::string_view bytes) {
    decoder.Feed(bytes, [this](LogStreamKind kind, std::string_view text) {
      (kind == LogStreamKind::Stderr ? err : out) += text;
    });
  }
};

}  // namespace

/** Any split of the input gives the same bytes, and never more than came in. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const std::string_view input(reinterpret_cast<const char *>(data), size);
  Decoded whole;
  whole.Feed(input);
  if (whole.out.size() + whole.err.size() > size) std::abort();
  const size_t step = size > 0 ? 1 + data[0] % 7 : 1;
  Decoded pieces;
  for (size_t at = 0; at < size; at += step) pieces.Feed(input.substr(at, step));
  const bool same = pieces.out == whole.out && pieces.err == whole.err &&
                    pieces.decoder.InsideRecord() == whole.decoder.InsideRecord();
  if (!same) std::abort();
  return 0;
}
