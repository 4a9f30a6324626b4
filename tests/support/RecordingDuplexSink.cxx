// SPDX-License-Identifier: Apache-2.0
#include "tests/support/RecordingDuplexSink.hxx"

namespace lookout {

void RecordingDuplexSink::OnHead(ResponseHead new_head) {
  Require(!head && !IsDone(), "OnHead twice or after the end");
  head = std::move(new_head);
}

Flow RecordingDuplexSink::OnData(std::string_view bytes) {
  Require(head && !IsDone(), "OnData outside of the answer");
  Require(!bytes.empty(), "OnData without data");
  body += bytes;
  return flow;
}

void RecordingDuplexSink::OnEnd() {
  Require(head && !IsDone(), "OnEnd without a head or twice");
  ended = true;
}

void RecordingDuplexSink::OnError(Failure new_failure) {
  Require(!IsDone(), "OnError after the end");
  Require(!new_failure.message.empty(), "OnError without words");
  failure = std::move(new_failure);
}

void RecordingDuplexSink::Require(bool condition, std::string_view what) {
  if (!condition && violation.empty()) violation = what;
}

}  // namespace lookout
