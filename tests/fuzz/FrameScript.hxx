// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "tests/fuzz/ByteScript.hxx"

namespace lookout {

/** The messages of a controller that knows the protocol, and now and then breaks it. */
class FrameScript {
 public:
  /** Ids of the next connection differ from all before. */
  void BeginConnection() {
    ++connection_;
    newest_.clear();
  }
  std::string Make(ByteScript &script);

 private:
  /** Mostly a new id, or one that has been used on this connection. */
  std::string Id(char kind, ByteScript &script, bool is_new);
  std::string MakeRequest(ByteScript &script);
  std::string MakeExec(ByteScript &script);
  std::string MakeInput(ByteScript &script);
  std::string MakeLog(ByteScript &script);
  std::string MakeSmall(ByteScript &script);

  size_t connection_ = 0;
  std::map<char, size_t> newest_;
};

}  // namespace lookout
