// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <curl/curl.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace lookout {

/**
 * Owns one curl easy handle with the header list and error text it points to. Every option is typed; a setter
 * throws std::runtime_error when libcurl refuses a value. Move-only.
 */
class CurlEasy {
 public:
  /**
   * A handle for a GET request, with what every transfer of ours wants: http only, no signals, no redirects, no proxy,
   * no HTTP/0.9. The address is the host "localhost".
   */
  CurlEasy();
  /**
   * For another transfer, to which its target, headers and functions must be given. The handle must be part of no
   * transfer, and have made none that failed or was repeated: OsErrno() and libcurl's count of repeats stay.
   */
  void Reset();

  CURL *Get() const { return handle_.get(); }

  /** At most 107 bytes. */
  void SetUnixSocketPath(const std::string &path) { Set(CURLOPT_UNIX_SOCKET_PATH, path.c_str()); }
  /** Sent as it is: neither decoded nor normalised. */
  void SetRequestTarget(const std::string &target) { Set(CURLOPT_REQUEST_TARGET, target.c_str()); }
  void SetMethod(const std::string &method) { SetSpecial(CURLOPT_CUSTOMREQUEST, method.c_str()); }
  /** The answer has no body, whatever its headers say (HEAD). */
  void SetNoBody() { SetSpecial(CURLOPT_NOBODY, 1L); }
  /** Content-Length: 0. */
  void SetEmptyBody();
  /** A body that the read function supplies; `size` -1: unknown, the caller adds "Transfer-Encoding: chunked". */
  void SetUpload(curl_off_t size);
  /** Not a kept-alive connection, on which libcurl would silently send the request a second time when it breaks. */
  void SetFreshConnect() { SetSpecial(CURLOPT_FRESH_CONNECT, 1L); }
  /** The connection is closed when the transfer ends. */
  void SetForbidReuse() { SetSpecial(CURLOPT_FORBID_REUSE, 1L); }

  /** Adds one request header; an empty value is sent as such. Name and value must have been checked. */
  void AddHeader(std::string_view name, std::string_view value);
  /** Keeps libcurl from adding a header of its own. */
  void SuppressHeader(std::string_view name) { AppendHeader(std::string(name) + ":"); }
  /** Hands the collected headers over; after that none can be added. */
  void ApplyHeaders() { Set(CURLOPT_HTTPHEADER, headers_.get()); }

  using Function = size_t (*)(char *, size_t, size_t, void *);
  void SetWriteFunction(Function function, void *user);
  void SetHeaderFunction(Function function, void *user);
  void SetReadFunction(Function function, void *user);
  /** Called once a connection is there and before the request is written. */
  void SetConnectedFunction(curl_prereq_callback function, void *user);
  /** Closes a connection that this handle makes, whoever uses it last. */
  void SetCloseFunction(curl_closesocket_callback function, void *user);
  void SetPrivate(void *user) { Set(CURLOPT_PRIVATE, user); }

  /** Absolute: directions that are not named are un-paused. May call the write function. */
  CURLcode Pause(int bits) { return ::curl_easy_pause(handle_.get(), bits); }

  /** What libcurl wrote about the last failure, "" when nothing. */
  std::string_view ErrorText() const { return error_->data(); }
  /** errno of the last connect or socket failure, 0 when there was none. */
  int OsErrno() const;

 private:
  struct HandleDeleter {
    void operator()(CURL *handle) const { ::curl_easy_cleanup(handle); }
  };
  struct UrlDeleter {
    void operator()(CURLU *url) const { ::curl_url_cleanup(url); }
  };
  struct ListDeleter {
    void operator()(curl_slist *list) const { ::curl_slist_free_all(list); }
  };

  template <typename T>
  void Set(CURLoption option, T value) {
    Check(::curl_easy_setopt(handle_.get(), option, value), option);
  }
  /** For what Reset() has to undo. */
  template <typename T>
  void SetSpecial(CURLoption option, T value) {
    is_special_ = true;
    Set(option, value);
  }
  void SetDefaults();
  void AppendHeader(const std::string &line);
  static void Check(CURLcode code, CURLoption option);

  // The handle goes first: it points to the others.
  std::unique_ptr<std::array<char, CURL_ERROR_SIZE>> error_;
  std::unique_ptr<curl_slist, ListDeleter> headers_;
  std::unique_ptr<CURLU, UrlDeleter> url_;  // parsed once, not with each request
  std::unique_ptr<CURL, HandleDeleter> handle_;
  bool is_special_ = false;
};

}  // namespace lookout
