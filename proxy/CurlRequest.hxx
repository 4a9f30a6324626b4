// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "proxy/BodyFraming.hxx"
#include "proxy/CurlEasy.hxx"

namespace lookout {

/**
 * Sets a new transfer up so that the engine reads exactly this request: method and target as they are, the header
 * fields in their order with repeats. Left out are hop-by-hop fields, and what depends on the connection and the
 * body: Host (always "localhost"), Content-Length, Transfer-Encoding, Expect. Nothing is added beside them.
 *
 * The head must be valid (HttpHead.hxx), and a HEAD request have no body.
 */
void SetUpRequest(CurlEasy &easy, RequestHead head, BodyShape body);

}  // namespace lookout
