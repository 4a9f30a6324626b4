// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "proxy/HeadReader.hxx"
#include "proxy/HttpParser.hxx"

namespace {

using namespace lookout;

std::string Rebuild(const HeaderList &headers) {
  std::string text;
  for (const auto &header : headers) text += header.name + ": " + header.value + "\r\n";
  return text;
}

/** What was accepted must read back as the same message when it is written again. */
void CheckRequest(std::string_view head) {
  const auto message = ParseRequest(head);
  if (!message) return;
  const auto &request = message->head;
  const char *const version = message->version == HttpVersion::V10 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n";
  const auto again = ParseRequest(request.method + " " + request.target + version + Rebuild(request.headers));
  if (!again || again->head.target != request.target || again->framing != message->framing ||
      Rebuild(again->head.headers) != Rebuild(request.headers)) {
    std::abort();
  }
}

void CheckResponse(std::string_view head) {
  const auto message = ParseResponse(head);
  if (!message) return;
  if (message->head.status < 100 || message->head.status > 599) std::abort();
  (void)ParseResponseFraming(message->head.status, message->head.headers, message->version, "GET");
}

}  // namespace

/** The first byte says where the input is cut; the cut must make no difference. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char *>(data) + 1, size - 1);
  const size_t cut = input.empty() ? 0 : data[0] % (input.size() + 1);
  HeadReader whole;
  const size_t used = whole.Push(input);
  HeadReader pieces;
  size_t used_in_pieces = pieces.Push(input.substr(0, cut));
  if (used_in_pieces == cut) used_in_pieces += pieces.Push(input.substr(cut));
  if (used != used_in_pieces || whole.GetState() != pieces.GetState() || whole.Text() != pieces.Text()) std::abort();
  if (whole.GetState() != HeadReader::State::Done) return 0;
  CheckRequest(whole.Text());
  CheckResponse(whole.Text());
  return 0;
}
