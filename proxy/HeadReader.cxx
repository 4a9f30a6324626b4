// SPDX-License-Identifier: Apache-2.0
#include "proxy/HeadReader.hxx"

#include "proxy/Limits.hxx"

namespace lookout {

size_t HeadReader::Push(std::string_view bytes) {
  size_t used = 0;
  while (used < bytes.size() && state_ == State::More) OnByte(bytes[used++]);
  return used;
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
