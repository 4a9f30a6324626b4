// SPDX-License-Identifier: Apache-2.0
#include "tests/support/RecordingSink.hxx"

namespace lookout {

void RecordingSink::OnHead(ResponseHead new_head) {
  Require(!head && !IsDone(), "OnHead twice or after the end");
  head = std::move(new_head);
}

Flow RecordingSink::OnData(std::string_view bytes) {
  Require(head && !IsDone(), "OnData outside of the answer");
  Require(!bytes.empty(), "OnData without data");
  count += bytes.size();
  if (!count_only) body += bytes;
  if (on_data) on_data();
  return flow;
}

void RecordingSink::OnTrailers(const HeaderList &more) {
  Require(head && !IsDone() && trailers.Size() == 0, "OnTrailers outside of the answer or twice");
  trailers = more;
}

void RecordingSink::OnEnd() {
  Require(head && !IsDone(), "OnEnd without a head or twice");
  ended = true;
}

void RecordingSink::OnError(Failure new_failure) {
  Require(!IsDone(), "OnError after the end");
  Require(!new_failure.message.empty(), "OnError without words");
  failure = std::move(new_failure);
}

void RecordingSink::Require(bool condition, std::string_view what) {
  if (!condition && violation.empty()) violation = what;
}

}  // namespace lookout
