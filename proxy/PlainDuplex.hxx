// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "proxy/Exchange.hxx"

namespace lookout {

/** Answers a request for an upgrade with what `handler` answers to an ordinary one: there is no upgrade here. */
std::unique_ptr<Duplex> MakePlainDuplex(RequestHandler &handler, Request &&request, DuplexSink &sink);

}  // namespace lookout
