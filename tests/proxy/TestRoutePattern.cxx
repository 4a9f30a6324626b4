// SPDX-License-Identifier: Apache-2.0
#include "proxy/RoutePattern.hxx"

#include <catch2/catch.hpp>

using namespace lookout;

TEST_CASE("RoutePattern: takes what it says and nothing else", "[routes]") {
  using Row = std::tuple<const char *, const char *, const char *>;
  const auto [pattern, path, expected] = GENERATE(table<const char *, const char *, const char *>({
      Row{"/api/events", "/api/events", ""},
      Row{"/api/events", "/api/events/", "no"},
      Row{"/api/events", "/api/event", "no"},
      Row{"/api/events", "/api", "no"},
      Row{"/api/events", "/API/events", "no"},
      Row{"/api/events", "//api/events", "no"},
      Row{"/api/events", "/api/%65vents", "no"},
      Row{"/api/events", "", "no"},
      Row{"/api/{id}/logs", "/api/a/logs", "a,"},
      Row{"/api/{id}/logs", "/api/a%2Fb/logs", "a%2Fb,"},
      Row{"/api/{id}/logs", "/api//logs", "no"},
      Row{"/api/{id}/logs", "/api/a/b/logs", "no"},
      Row{"/api/{id}/logs", "/api/a/logs/", "no"},
      Row{"/api/{id}", "/api/a", "a,"},
      Row{"/api/{id}", "/api/", "no"},
      Row{"/w/{type}/{name}", "/w/docker/local", "docker,local,"},
      Row{"/w/{type}/{name}", "/w/docker/local/x", "no"},
  }));
  const auto arguments = RoutePattern(pattern).Match(path);
  std::string text = arguments ? "" : "no";
  for (const auto argument : arguments.value_or(std::vector<std::string_view>())) text.append(argument) += ",";
  CAPTURE(pattern, path);
  CHECK(text == expected);
}
