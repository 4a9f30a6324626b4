// SPDX-License-Identifier: Apache-2.0
#include "proxy/CurlGlobal.hxx"

#include <curl/curl.h>

#include <stdexcept>

namespace lookout {

CurlGlobal::CurlGlobal() {
  if (::curl_global_init(CURL_GLOBAL_NOTHING) != CURLE_OK) {
    throw std::runtime_error("cannot start libcurl (curl_global_init)");
  }
}

CurlGlobal::~CurlGlobal() {
  ::curl_global_cleanup();
}

}  // namespace lookout
