// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace lookout {

/** libcurl's process-wide set-up; it counts its users. The first must be made before any thread starts. */
class CurlGlobal {
 public:
  CurlGlobal();
  ~CurlGlobal();
  CurlGlobal(const CurlGlobal &) = delete;
  CurlGlobal &operator=(const CurlGlobal &) = delete;
};

}  // namespace lookout
