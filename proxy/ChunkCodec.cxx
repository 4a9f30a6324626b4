// SPDX-License-Identifier: Apache-2.0
#include "proxy/ChunkCodec.hxx"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/Strings.hxx"
#include "proxy/HttpHead.hxx"
#include "proxy/Limits.hxx"

namespace lookout {

namespace {

constexpr int kHex = 16;

Result<uint64_t> ParseSizeLine(std::string_view line) {
  constexpr size_t kMaxDigits = 15;
  const size_t digits = std::min(line.find(';'), line.size());
  uint64_t size = 0;
  const auto [rest, error] = std::from_chars(line.data(), line.data() + digits, size, kHex);
  if (digits == 0 || digits > kMaxDigits || error != std::errc() || rest != line.data() + digits) {
    return Fail("not a chunk size: " + Printable(line, 40));
  }
  if (!IsValidHeaderValue(line.substr(digits))) return Fail("control characters in a chunk extension");
  return size;
}

}  // namespace

Result<ChunkDecoder::Step> ChunkDecoder::Next(std::string_view input) {
  Step step;
  while (step.used < input.size() && state_ != State::Done) {
    if (state_ == State::Data) {
      step.body = input.substr(step.used, static_cast<size_t>(std::min<uint64_t>(left_, input.size() - step.used)));
      step.used += step.body.size();
      left_ -= step.body.size();
      if (left_ == 0) state_ = State::DataEnd;
      return step;
    }
    if (auto taken = TakeLineByte(input[step.used]); !taken) return tl::unexpected(taken.error());
    ++step.used;
  }
  return step;
}

Result<void> ChunkDecoder::TakeLineByte(char c) {
  const bool after_cr = line_.ends_with('\r');
  if (after_cr != (c == '\n')) return Fail("a line of a chunked body does not end in CR LF");
  if (c == '\n') {
    line_.pop_back();
    auto done = OnLine();
    line_.clear();
    return done;
  }
  line_.push_back(c);
  if (state_ == State::DataEnd && c != '\r') return Fail("a chunk is longer than its size says");
  if (state_ == State::Size && line_.size() > kMaxChunkLine) return Fail("a chunk-size line is over 256 bytes");
  if (state_ == State::Trailer && ++trailer_bytes_ > kMaxTrailers) return Fail("the trailers are over 8 KiB");
  return {};
}

Result<void> ChunkDecoder::OnLine() {
  switch (state_) {
    case State::Size: {
      const auto size = ParseSizeLine(line_);
      if (!size) return tl::unexpected(size.error());
      left_ = *size;
      state_ = *size == 0 ? State::Trailer : State::Data;
      break;
    }
    case State::DataEnd: state_ = State::Size; break;
    case State::Trailer: {
      if (line_.empty()) {
        state_ = State::Done;
        break;
      }
      const size_t colon = line_.find(':');
      if (colon == std::string::npos || !IsValidHeaderName(std::string_view(line_).substr(0, colon)) ||
          !IsValidHeaderValue(std::string_view(line_).substr(colon))) {
        return Fail("not a trailer line: " + Printable(line_, 40));
      }
      break;
    }
    case State::Data:
    case State::Done: break;
  }
  return {};
}

void AppendChunk(std::string &out, std::string_view bytes) {
  if (bytes.empty()) return;
  std::array<char, 2 * sizeof(size_t)> digits{};
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), bytes.size(), kHex);
  out.reserve(out.size() + digits.size() + bytes.size() + 4);
  out.append(digits.data(), written.ptr).append("\r\n").append(bytes).append("\r\n");
}

}  // namespace lookout
