// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "base/EventLoop.hxx"
#include "proxy/Exchange.hxx"

namespace lookout {

/**
 * The answer to HEAD where only GET is known: `begin` starts the answer to GET with the sink it is given; once its
 * head is there it is called off, however long its body would have been.
 */
std::unique_ptr<Exchange> MakeHeadExchange(EventLoop &loop, ResponseSink &sink,
                                           const std::function<std::unique_ptr<Exchange>(ResponseSink &)> &begin);

}  // namespace lookout
