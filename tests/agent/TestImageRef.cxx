// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "agent/ImageRef.hxx"

using lookout::IsImageId;
using lookout::ParseImageRef;

namespace {

std::string Parts(std::string_view reference) {
  const auto image = ParseImageRef(reference);
  return image.registry + "|" + image.name + "|" + image.tag + "|" + image.digest;
}

}  // namespace

TEST_CASE("ImageRef: takes references apart", "[agent]") {
  const auto [reference, expected] = GENERATE(table<std::string_view, std::string_view>({
      {"registry.example.com/org/image:tag", "registry.example.com|org/image|tag|"},
      {"nginx:latest", "docker.io|nginx|latest|"},
      {"nginx", "docker.io|nginx|latest|"},
      {"ghcr.io/owner/repo:v1.2", "ghcr.io|owner/repo|v1.2|"},
      {"localhost:5000/org/api", "localhost:5000|org/api|latest|"},
      {"localhost/worker", "localhost|worker|latest|"},
      {"library/redis:7", "docker.io|library/redis|7|"},
      {"docker.io/library/nginx:latest", "docker.io|library/nginx|latest|"},
      {"localhost:5000/org/api:dev", "localhost:5000|org/api|dev|"},
      {"", "docker.io||latest|"},
      {":", "docker.io|:|latest|"},
      {":tag", "docker.io||tag|"},
      {"/", "docker.io|/|latest|"},
      {"nginx:", "docker.io|nginx:|latest|"},
      {"a/b/c/d/e:tag", "docker.io|a/b/c/d/e|tag|"},
  }));
  CHECK(Parts(reference) == expected);
}

TEST_CASE("ImageRef: keeps digest and tag apart", "[agent]") {
  const auto [reference, expected] = GENERATE(table<std::string_view, std::string_view>({
      {"ubuntu@sha256:cafebabe", "docker.io|ubuntu|unknown|sha256:cafebabe"},
      {"ghcr.io/o/r:v1@sha256:abcd", "ghcr.io|o/r|v1|sha256:abcd"},
      {"localhost:5000/r@sha512:abcd", "localhost:5000|r|unknown|sha512:abcd"},
      {"sha256:0123abcd", "docker.io|sha256:0123abcd|unknown|"},
      {"ubuntu@sha256:", "docker.io|ubuntu@sha256:|latest|"},
      {"ubuntu@sha256:xyz", "docker.io|ubuntu@sha256|xyz|"},
      {"@sha256:ab", "docker.io||unknown|sha256:ab"},
  }));
  CHECK(Parts(reference) == expected);
}

TEST_CASE("ImageRef: knows an image id", "[agent]") {
  CHECK(IsImageId("sha256:0123abcd"));
  CHECK_FALSE(IsImageId("sha256:"));
  CHECK_FALSE(IsImageId("sha256:latest"));
  CHECK_FALSE(IsImageId("0123abcd"));
}
