// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <curl/curl.h>

#include <span>
#include <string>
#include <string_view>

#include "base/EventLoop.hxx"
#include "proxy/CurlEasy.hxx"
#include "proxy/CurlMulti.hxx"
#include "proxy/Exchange.hxx"

namespace lookout {

/** How a transfer ended, in words that do not need curl's headers. */
struct CurlResult {
  enum class Kind {
    Done,          // the whole answer came
    NoConnection,  // os_errno says why
    Broken,        // anything else, `text` says what
  };
  Kind kind = Kind::Broken;
  int os_errno = 0;
  std::string text;
};

/** What a transfer reports. Except for OnDone, calls come from inside libcurl. */
class CurlHandler {
 public:
  enum class Take { Taken, Pause, Abort };

  virtual ~CurlHandler() = default;
  virtual void OnConnected() = 0;
  /** One line of a head (1xx ones too) or of a trailer, with its line end. False ends the transfer. */
  virtual bool OnHeaderLine(std::string_view line) = 0;
  /** After Pause the same bytes come again, once ResumeReceiving() was called. */
  virtual Take OnBody(std::string_view bytes) = 0;
  /** The next piece of the request's body; after Wait, call ResumeSending(). */
  virtual BodySource::Chunk OnSend(std::span<char> out) = 0;
  /** The end, once; from the loop. */
  virtual void OnDone(const CurlResult &result) = 0;
};

/**
 * One transfer of a CurlMulti. Destroying it at any time, except from inside its own handler, closes its
 * connection if the answer is not complete. It keeps both pause states, because libcurl sets them only together,
 * and heals a fault of libcurl 7.88 (fixed by 6a0dc7cf23 and cfc65fd1ee): a transfer whose upload is paused never
 * ends by itself when the answer is complete or the connection lost.
 */
class CurlTransfer {
 public:
  CurlTransfer(CurlMulti &multi, CurlHandler &handler);
  ~CurlTransfer();
  CurlTransfer(const CurlTransfer &) = delete;
  CurlTransfer &operator=(const CurlTransfer &) = delete;

  /** For setting up, before Start(). */
  CurlEasy &Easy() { return easy_; }
  /** Throws when libcurl cannot take it. Not from inside a callback of libcurl. */
  void Start();
  /** Ends it without OnDone. */
  void Cancel();
  void ResumeReceiving();
  void ResumeSending();

 private:
  friend class CurlMulti;

  /** From CurlMulti: what libcurl wants to know of our socket now. */
  void NoteWatch(int what);
  void Finish(CURLcode code);

  void ApplyPauses();
  bool IsUploadStuck() const;
  void FreeUpload();

  static int OnConnected(void *self, char *, char *, int, int) noexcept;
  static size_t OnHeader(char *data, size_t size, size_t count, void *self) noexcept;
  static size_t OnWrite(char *data, size_t size, size_t count, void *self) noexcept;
  static size_t OnRead(char *data, size_t size, size_t count, void *self) noexcept;

  CurlMulti &multi_;
  CurlHandler &handler_;
  CurlEasy easy_;
  Deferred resume_;
  Deferred check_upload_;
  unsigned attempts_ = 0;
  bool running_ = false;
  bool reusable_ = false;  // easy_ has done its part, and nothing of it is left
  bool receiving_paused_ = false;
  bool sending_paused_ = false;
  bool upload_given_up_ = false;
  int watch_ = CURL_POLL_NONE;
};

}  // namespace lookout
