// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/EventLoop.hxx"
#include "proxy/RouteTable.hxx"

namespace lookout {

/** A request that has found its route. */
struct RouteCall {
  Request request;
  /** What stands for the pattern's arguments, percent-decoded: any bytes, for the route to check. */
  std::vector<std::string> arguments;
  /** Outlives the exchange. */
  ResponseSink &sink;
};

/** Begins to answer; the rules are those of RequestHandler::Handle(). */
using RouteAction = std::function<std::unique_ptr<Exchange>(RouteCall)>;

/**
 * A RouteTable of patterns (proxy/RoutePattern) with an action for each method; filled once, at start. The first
 * pattern that matches is taken. HEAD is answered as GET without the body, a method that has no action with 405 and
 * Allow, an argument whose percent-encoding is broken with 400. Requests for an upgrade are answered like any other.
 */
class PatternRoutes final : public RouteTable {
 public:
  explicit PatternRoutes(EventLoop &loop);
  ~PatternRoutes() override;

  void Add(std::string_view method, std::string_view pattern, RouteAction action);
  RequestHandler *Find(std::string_view path) override;
  std::vector<std::string> Paths() const override;

 private:
  class Route;

  EventLoop &loop_;
  std::vector<std::unique_ptr<Route>> routes_;
};

}  // namespace lookout
