// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/EventLoop.hxx"
#include "base/Result.hxx"
#include "proxy/PatternRoutes.hxx"
#include "tunnel/ContainerLogReader.hxx"

namespace lookout {

/**
 * A container's log from the query of a request (docs/listener.md, "Logs"): tail, since, until, follow, timestamps. The
 * error is text for the client.
 */
Result<ContainerLogReader::Query> ParseLogQuery(const std::string &container_id, std::string_view query);

/**
 * Answers with the text of a log, stdout and stderr in the engine's order, as it comes; the head at once, so that a
 * viewer of a silent container knows where it stands. A log that breaks off is an answer that breaks off.
 *
 * The container is the call's only argument. The engine's 400, 403, 404 and 409 stay, any other refusal is a 500.
 */
std::unique_ptr<Exchange> MakeLogExchange(EventLoop &loop, RequestHandler &docker, RouteCall call);

/** What the engine's refusal of such a question is answered with. */
int KeepStatus(int engine_status);

}  // namespace lookout
