// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lookout {

/** What became of one compose operation. */
struct ComposeResult {
  bool success = false;
  /** What the tool wrote, see ComposeOutput. */
  std::string output;
  /** Why it failed: "exit status 1", a message. */
  std::string error;

  static ComposeResult Failed(std::string error) { return {false, "", std::move(error)}; }
};

/** {"success":true,"output":"..."} and "error" where there is one; an LF behind it. */
std::string FormatComposeResult(const ComposeResult &result);

/** Collects what a tool writes: at most kLimit bytes of both streams together, the rest is counted and told. */
class ComposeOutput {
 public:
  static constexpr size_t kLimit = size_t{10} << 20;

  void Add(bool is_error_stream, std::string_view bytes);
  /** Standard output, then what went to standard error, on a line of its own; a note when some is missing. */
  std::string Take();

 private:
  std::string standard_;
  std::string error_;
  uint64_t lost_ = 0;
};

}  // namespace lookout
