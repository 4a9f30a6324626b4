// SPDX-License-Identifier: Apache-2.0
#include "proxy/BufferedStream.hxx"

#include <array>
#include <utility>

#include "proxy/Limits.hxx"

namespace lookout {

namespace {

/** From here on, a system call costs less than keeping a copy. */
constexpr size_t kLargePiece = 16 * 1024;

}  // namespace

BufferedStream::BufferedStream(EventLoop &loop, std::unique_ptr<ByteStream> stream, BufferedStreamUser &user)
    : stream_(std::move(stream)), user_(user), flush_(loop, [this] {
        Flush();
        UpdateWants();
      }) {
  stream_->SetUser(*this);
}

void BufferedStream::SetReadLimit(size_t limit) {
  read_limit_ = limit;
  UpdateWants();
}

void BufferedStream::UpdateWants() {
  stream_->Want(read_open_ && input_.Size() < read_limit_, write_open_ && !output_.IsEmpty());
}

void BufferedStream::Write(std::string_view bytes) {
  if (!IsWriteOpen()) return;
  if (bytes.size() >= kLargePiece && output_.IsEmpty()) bytes.remove_prefix(SendNow(bytes));
  if (bytes.empty()) return;
  // While earlier output waits for the peer, the watch for writability takes care of this too.
  if (output_.IsEmpty()) flush_.Schedule();
  output_.Append(bytes);
}

size_t BufferedStream::SendNow(std::string_view bytes) {
  size_t sent = 0;
  while (sent < bytes.size()) {
    const auto result = stream_->Write(bytes.substr(sent));
    // Errors are for Flush() to find: its caller expects to be told of them.
    if (result.state != IoResult::State::Done) break;
    sent += result.size;
  }
  if (sent > 0) {
    // Told soon, and not in the middle of Write().
    sent_now_ = true;
    flush_.Schedule();
  }
  return sent;
}

void BufferedStream::CloseWrite() {
  if (!IsWriteOpen()) return;
  closing_ = true;
  flush_.Schedule();
}

void BufferedStream::ReleaseMemory() {
  input_.Release();
  output_.Release();
}

void BufferedStream::OnReady(bool readable, bool writable) {
  if (readable && read_open_ && input_.Size() < read_limit_) ReadOnce();
  if (writable && !output_.IsEmpty()) Flush();
  UpdateWants();
}

void BufferedStream::ReadOnce() {
  std::array<char, kReadSize> block;
  const auto result = stream_->Read(block);
  switch (result.state) {
    case IoResult::State::Wait: return;
    case IoResult::State::Done: input_.Append({block.data(), result.size}); return user_.OnInput();
    case IoResult::State::End:
    case IoResult::State::Error: read_open_ = false; return user_.OnInputEnd(result.error);
  }
}

void BufferedStream::Flush() {
  bool progress = std::exchange(sent_now_, false);
  bool full = false;
  while (write_open_ && !output_.IsEmpty() && !full) {
    const auto result = stream_->Write(output_.View());
    if (result.state == IoResult::State::Done) {
      output_.Consume(result.size);
      progress = true;
    } else if (result.state == IoResult::State::Wait) {
      full = true;
    } else {
      write_open_ = false;
      output_.Clear();
      return user_.OnOutputError(result.error);
    }
  }
  if (closing_ && write_open_ && output_.IsEmpty()) {
    write_open_ = false;
    stream_->CloseWrite();
    progress = true;
  }
  const bool newly_blocked = full && (progress || !blocked_);
  blocked_ = full;
  if (progress) user_.OnOutput();
  if (newly_blocked) user_.OnOutputBlocked();
}

}  // namespace lookout
