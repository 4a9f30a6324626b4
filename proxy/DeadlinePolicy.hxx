// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string_view>

#include "proxy/Exchange.hxx"

namespace lookout {

/** The limits of each class; zero means none. */
struct DeadlineSettings {
  std::chrono::milliseconds connect{10'000};
  /** Questions with a quick answer (REQUEST_TIMEOUT). */
  std::chrono::milliseconds quick{30'000};
  /** Changes, and questions for which the engine asks a registry or walks its disk. */
  std::chrono::milliseconds action{600'000};
  /** What moves images, layers and archives, and one-shot logs. */
  std::chrono::milliseconds transfer{7'200'000};
  /** Silence in the middle of an archive or a one-shot log. */
  std::chrono::milliseconds transfer_idle{300'000};
  /** What a stop may take beyond its own grace period (`t`). */
  std::chrono::milliseconds stop_margin{30'000};
};

/**
 * How long a request may take, by what it asks for. The API version in front of the path does not matter.
 *
 * | class    | requests                                                                            | limits          |
 * |----------|-------------------------------------------------------------------------------------|-----------------|
 * | quick    | GET and HEAD unless below; creating and resizing an exec; one sample of stats       | quick           |
 * | action   | POST, PUT, PATCH, DELETE unless below; GET /system/df, /distribution/X/json,        | action          |
 * |          | /images/search                                                                      |                 |
 * | stop     | POST .../stop and .../restart with t=N: at least N seconds + stop_margin            | action or more  |
 * | transfer | build, images/create, push, load, commit, prune; plugins pull, push, upgrade        | transfer        |
 * | archive  | export, images/get, images/X/get, archive, load; logs without follow                | transfer, idle  |
 * | endless  | events, attach, exec start, session, grpc, wait, stats, logs with follow, t=-1      | none            |
 *
 * Through the tunnel nobody can tell us that the answer to a plain response is not wanted any more, so what would be
 * endless there and is not a stream (StreamingRule) is limited: stats to `quick`, the others to `transfer`.
 */
Deadlines ChooseDeadlines(const DeadlineSettings &settings, const RequestHead &head, Origin::Transport transport);

}  // namespace lookout
