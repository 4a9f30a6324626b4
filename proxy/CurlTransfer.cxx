// SPDX-License-Identifier: Apache-2.0
#include "proxy/CurlTransfer.hxx"

#include <exception>

#include "base/Log.hxx"

namespace lookout {

namespace {

/** Runs a handler from inside libcurl, where nothing may be thrown. */
template <typename T, typename Call>
T Guard(T when_thrown, Call call) noexcept {
  try {
    return call();
  } catch (const std::exception &error) {
    LogDebug("a transfer was given up", {{"error", error.what()}});
    return when_thrown;
  }
}

}  // namespace

CurlTransfer::CurlTransfer(CurlMulti &multi, CurlHandler &handler)
    : multi_(multi),
      handler_(handler),
      easy_(multi.TakeEasy()),
      resume_(multi.Loop(), [this] { ApplyPauses(); }),
      check_upload_(multi.Loop(), [this] { FreeUpload(); }) {
  easy_.SetPrivate(this);
  easy_.SetConnectedFunction(OnConnected, this);
  easy_.SetHeaderFunction(OnHeader, this);
  easy_.SetWriteFunction(OnWrite, this);
  easy_.SetReadFunction(OnRead, this);
}

CurlTransfer::~CurlTransfer() {
  Cancel();
  if (reusable_) multi_.GiveBack(std::move(easy_));
}

void CurlTransfer::Start() {
  multi_.Add(easy_);
  running_ = true;
}

void CurlTransfer::Cancel() {
  if (!running_) return;
  running_ = false;
  easy_.SetPrivate(nullptr);
  easy_.SetConnectedFunction(OnConnected, nullptr);
  easy_.SetHeaderFunction(OnHeader, nullptr);
  easy_.SetWriteFunction(OnWrite, nullptr);
  easy_.SetReadFunction(OnRead, nullptr);
  multi_.Remove(std::move(easy_));
}

void CurlTransfer::ResumeReceiving() {
  if (!receiving_paused_) return;
  receiving_paused_ = false;
  resume_.Schedule();
}

void CurlTransfer::ResumeSending() {
  if (!sending_paused_) return;
  sending_paused_ = false;
  resume_.Schedule();
}

void CurlTransfer::ApplyPauses() {
  if (!running_) return;
  int bits = CURLPAUSE_CONT;
  if (receiving_paused_) bits |= CURLPAUSE_RECV;
  if (sending_paused_) bits |= CURLPAUSE_SEND;
  multi_.Pause(easy_, bits);
  if (IsUploadStuck()) check_upload_.Schedule();
}

bool CurlTransfer::IsUploadStuck() const {
  // While only the upload is paused, libcurl watches the socket for the answer, as long as more of it can come.
  return running_ && sending_paused_ && !receiving_paused_ && (watch_ & CURL_POLL_IN) == 0;
}

void CurlTransfer::NoteWatch(int what) {
  watch_ = what;
  if (IsUploadStuck()) check_upload_.Schedule();
}

void CurlTransfer::FreeUpload() {
  if (!IsUploadStuck()) return;
  // The end of the upload makes libcurl judge the answer. Nobody reads what it may write for that: the engine has
  // answered or gone. The connection is not fit for another request.
  upload_given_up_ = true;
  easy_.SetForbidReuse();
  sending_paused_ = false;
  ApplyPauses();
}

void CurlTransfer::Finish(CURLcode code) {
  running_ = false;
  // libcurl never forgets the errno of a failure, by which a later transfer would be judged, and counts how often a
  // handle had to repeat its request.
  reusable_ = attempts_ <= 1 && easy_.OsErrno() == 0;
  CurlResult result;
  result.os_errno = easy_.OsErrno();
  result.text = easy_.ErrorText().empty() ? ::curl_easy_strerror(code) : easy_.ErrorText();
  if (code == CURLE_OK) result.kind = CurlResult::Kind::Done;
  if (code == CURLE_COULDNT_CONNECT) result.kind = CurlResult::Kind::NoConnection;
  handler_.OnDone(result);
}

int CurlTransfer::OnConnected(void *self, char *, char *, int, int) noexcept {
  if (self == nullptr) return CURL_PREREQFUNC_ABORT;
  return Guard(CURL_PREREQFUNC_ABORT, [self] {
    auto &transfer = *static_cast<CurlTransfer *>(self);
    ++transfer.attempts_;
    transfer.handler_.OnConnected();
    return CURL_PREREQFUNC_OK;
  });
}

size_t CurlTransfer::OnHeader(char *data, size_t size, size_t count, void *self) noexcept {
  if (self == nullptr) return 0;
  return Guard(size_t{0}, [=] {
    auto &handler = static_cast<CurlTransfer *>(self)->handler_;
    return handler.OnHeaderLine({data, size * count}) ? size * count : 0;
  });
}

size_t CurlTransfer::OnWrite(char *data, size_t size, size_t count, void *self) noexcept {
  if (self == nullptr) return 0;
  return Guard(size_t{0}, [=]() -> size_t {
    auto &transfer = *static_cast<CurlTransfer *>(self);
    switch (transfer.handler_.OnBody({data, size * count})) {
      case CurlHandler::Take::Taken: return size * count;
      case CurlHandler::Take::Abort: return 0;
      case CurlHandler::Take::Pause: break;
    }
    transfer.receiving_paused_ = true;
    return CURL_WRITEFUNC_PAUSE;
  });
}

size_t CurlTransfer::OnRead(char *data, size_t size, size_t count, void *self) noexcept {
  if (self == nullptr) return CURL_READFUNC_ABORT;
  return Guard(size_t{CURL_READFUNC_ABORT}, [=]() -> size_t {
    auto &transfer = *static_cast<CurlTransfer *>(self);
    if (transfer.upload_given_up_) return 0;
    const auto chunk = transfer.handler_.OnSend({data, size * count});
    switch (chunk.state) {
      case BodySource::Chunk::State::Data: return chunk.size;
      case BodySource::Chunk::State::End: return 0;
      case BodySource::Chunk::State::Error: return CURL_READFUNC_ABORT;
      case BodySource::Chunk::State::Wait: break;
    }
    transfer.sending_paused_ = true;
    return CURL_READFUNC_PAUSE;
  });
}

}  // namespace lookout
