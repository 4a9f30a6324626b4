// SPDX-License-Identifier: Apache-2.0
#include "proxy/CurlEasy.hxx"

#include <fmt/core.h>

#include <stdexcept>
#include <utility>

namespace lookout {

namespace {

/**
 * One read of the socket, and so the largest piece the write function gets: what one frame to the controller carries
 * (kStreamChunk). From 64 KiB on, glibc tidies up its heap each time such a buffer is given back.
 */
constexpr long kBufferSize = 32L * 1024;

}  // namespace

CurlEasy::CurlEasy()
    : error_(std::make_unique<std::array<char, CURL_ERROR_SIZE>>()), url_(::curl_url()), handle_(::curl_easy_init()) {
  if (!url_ || !handle_ || ::curl_url_set(url_.get(), CURLUPART_URL, "http://localhost/", 0) != CURLUE_OK) {
    throw std::runtime_error("cannot make a libcurl handle (curl_easy_init)");
  }
  SetDefaults();
}

void CurlEasy::Reset() {
  Set(CURLOPT_HTTPHEADER, static_cast<curl_slist *>(nullptr));
  headers_.reset();
  error_->front() = '\0';
  // Most requests are as plain as the next one, and setting all of it again would be a good part of their work.
  if (!std::exchange(is_special_, false)) return;
  ::curl_easy_reset(handle_.get());
  SetDefaults();
}

void CurlEasy::SetDefaults() {
  Set(CURLOPT_ERRORBUFFER, error_->data());
  Set(CURLOPT_CURLU, url_.get());
  Set(CURLOPT_NOSIGNAL, 1L);
  Set(CURLOPT_PROTOCOLS_STR, "http");
  Set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  Set(CURLOPT_HTTP09_ALLOWED, 0L);
  Set(CURLOPT_FOLLOWLOCATION, 0L);
  Set(CURLOPT_PATH_AS_IS, 1L);
  Set(CURLOPT_NOPROXY, "*");
  Set(CURLOPT_BUFFERSIZE, kBufferSize);
  // Our own timers know when it is we who wait; libcurl's would count that time too.
  Set(CURLOPT_CONNECTTIMEOUT_MS, 24L * 3600 * 1000);
}

void CurlEasy::SetEmptyBody() {
  SetSpecial(CURLOPT_POST, 1L);
  SetSpecial(CURLOPT_POSTFIELDS, "");
  SetSpecial(CURLOPT_POSTFIELDSIZE, 0L);
}

void CurlEasy::SetUpload(curl_off_t size) {
  SetSpecial(CURLOPT_UPLOAD, 1L);
  SetSpecial(CURLOPT_INFILESIZE_LARGE, size);
}

void CurlEasy::AddHeader(std::string_view name, std::string_view value) {
  // "Name:" would remove the header, and "Name;" is libcurl's way to write an empty one.
  AppendHeader(value.empty() ? fmt::format("{};", name) : fmt::format("{}: {}", name, value));
}

void CurlEasy::AppendHeader(const std::string &line) {
  curl_slist *const list = ::curl_slist_append(headers_.get(), line.c_str());
  if (list == nullptr) throw std::bad_alloc();
  // The list is the same one when it was not empty before.
  [[maybe_unused]] auto *const old = headers_.release();
  headers_.reset(list);
}

void CurlEasy::SetWriteFunction(Function function, void *user) {
  Set(CURLOPT_WRITEFUNCTION, function);
  Set(CURLOPT_WRITEDATA, user);
}

void CurlEasy::SetHeaderFunction(Function function, void *user) {
  Set(CURLOPT_HEADERFUNCTION, function);
  Set(CURLOPT_HEADERDATA, user);
}

void CurlEasy::SetReadFunction(Function function, void *user) {
  Set(CURLOPT_READFUNCTION, function);
  Set(CURLOPT_READDATA, user);
}

void CurlEasy::SetConnectedFunction(curl_prereq_callback function, void *user) {
  Set(CURLOPT_PREREQFUNCTION, function);
  Set(CURLOPT_PREREQDATA, user);
}

void CurlEasy::SetCloseFunction(curl_closesocket_callback function, void *user) {
  Set(CURLOPT_CLOSESOCKETFUNCTION, function);
  Set(CURLOPT_CLOSESOCKETDATA, user);
}

int CurlEasy::OsErrno() const {
  long value = 0;
  ::curl_easy_getinfo(handle_.get(), CURLINFO_OS_ERRNO, &value);
  return static_cast<int>(value);
}

void CurlEasy::Check(CURLcode code, CURLoption option) {
  if (code == CURLE_OK) return;
  throw std::runtime_error(
      fmt::format("libcurl refused option {}: {}", static_cast<int>(option), ::curl_easy_strerror(code)));
}

}  // namespace lookout
