// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/Utf8.hxx"
#include "tunnel/FrameCodec.hxx"
#include "tunnel/FrameWriter.hxx"

using namespace lookout;

/** Whatever a controller sends: a frame, or an error whose ids can stand in a frame of ours. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const std::string_view text(reinterpret_cast<const char *>(data), size);
  const auto frame = ParseFrame(text);
  if (!frame) {
    const std::string &id = frame.error().request_id;
    const auto answer = MakeErrorFrame(id, frame.error().message);
    if (!IsValidUtf8(answer)) std::abort();
    const auto again = ParseFrame(answer);
    if (!again || std::get<ErrorFrame>(*again).request_id != id) std::abort();
    return 0;
  }
  if (const auto *const request = std::get_if<RequestFrame>(&*frame)) {
    // A body is passed on as it stood in the message.
    if (request->body && text.find(*request->body) == std::string_view::npos) std::abort();
  }
  if (const auto *const ping = std::get_if<PingFrame>(&*frame)) {
    if (!ParseFrame(MakePong(ping->timestamp))) std::abort();
  }
  return 0;
}
