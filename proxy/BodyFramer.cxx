// SPDX-License-Identifier: Apache-2.0
#include "proxy/BodyFramer.hxx"

#include <algorithm>

namespace lookout {

BodyFramer::BodyFramer(BodyFraming framing)
    : framing_(framing),
      done_(framing.kind == BodyFraming::Kind::None ||
            (framing.kind == BodyFraming::Kind::Length && framing.length == 0)) {}

Result<BodyFramer::Step> BodyFramer::Next(std::string_view input) {
  if (done_ || input.empty()) return Step{};
  if (framing_.kind == BodyFraming::Kind::UntilClose) return Step{input.size(), input};
  if (framing_.kind == BodyFraming::Kind::Chunked) {
    auto step = chunks_.Next(input);
    done_ = chunks_.IsDone();
    return step;
  }
  const auto body = input.substr(0, static_cast<size_t>(std::min<uint64_t>(framing_.length, input.size())));
  framing_.length -= body.size();
  done_ = framing_.length == 0;
  return Step{body.size(), body};
}

bool BodyFramer::FinishAtEof() {
  if (framing_.kind == BodyFraming::Kind::UntilClose) done_ = true;
  return done_;
}

}  // namespace lookout
