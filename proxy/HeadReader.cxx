// SPDX-License-Identifier: Apache-2.0
#include "proxy/HeadReader.hxx"

#include <algorithm>

#include "proxy/Limits.hxx"

namespace lookout {

namespace {

/** How many bytes there are before the first one that decides anything. */
size_t CountPlain(std::string_view bytes) {
  for (const char special : {'\n', '\r', '\0'}) bytes = bytes.substr(0, bytes.find(special));
  return bytes.size();
}

}  // namespace

size_t HeadReader::Push(std::string_view bytes) {
  size_t used = 0;
  while (used < bytes.size() && state_ == State::More) {
    used += TakePlain(bytes.substr(used));
    if (used < bytes.size()) OnByte(bytes[used++]);
  }
  return used;
}

/** Byte by byte, a crowd of strangers with long heads would cost seconds. */
size_t HeadReader::TakePlain(std::string_view bytes) {
  if (after_cr_ || text_.size() == line_start_) return 0;
  const size_t size = std::min(CountPlain(bytes), kMaxHttpHead - taken_);
  text_.append(bytes.substr(0, size));
  taken_ += size;
  return size;
}

void HeadReader::OnByte(char c) {
  if (++taken_ > kMaxHttpHead) return Refuse(431, "the head of the message is over 64 KiB");
  if (after_cr_ != (c == '\n')) return Refuse(400, "a line does not end in CR LF");
  if (c == '\0') return Refuse(400, "a NUL byte in the head");
  after_cr_ = c == '\r';
  if (text_.size() == line_start_ && line_start_ > 0 && (c == ' ' || c == '\t')) {
    return Refuse(400, "a header line begins with white space (line folding is obsolete)");
  }
  text_.push_back(c);
  if (c == '\n') OnLine();
}

void HeadReader::OnLine() {
  const bool is_blank = text_.size() - line_start_ == 2;
  if (!is_blank) {
    line_start_ = text_.size();
    return;
  }
  text_.resize(line_start_);
  if (line_start_ > 0) {
    state_ = State::Done;
  } else if (taken_ > 2) {
    Refuse(400, "empty lines instead of a message");
  }
}

void HeadReader::Refuse(int status, std::string message) {
  state_ = State::Failed;
  error_ = {status, std::move(message)};
}

void HeadReader::Reset() {
  *this = HeadReader();
}

}  // namespace lookout
