// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <map>

#include "agent/SocketDetection.hxx"
#include "base/UniqueFd.hxx"
#include "tests/support/TempDir.hxx"

using namespace lookout;

namespace {

void MakeSocket(const std::string &path) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  REQUIRE(path.size() < sizeof(address.sun_path));
  std::memcpy(address.sun_path, path.c_str(), path.size());
  REQUIRE(::bind(fd.Get(), reinterpret_cast<const sockaddr *>(&address), sizeof(address)) == 0);
}

}  // namespace

TEST_CASE("SocketDetection: candidates below unset variables are left out", "[socket]") {
  const auto none = DockerSocketCandidates([](const char *) -> const char * { return nullptr; });
  CHECK(none == std::vector<std::string>{"/var/run/docker.sock", "/run/docker.sock", "/run/podman/podman.sock"});
  const auto empty = DockerSocketCandidates([](const char *) { return ""; });
  CHECK(empty == none);
  const auto all = DockerSocketCandidates([](const char *name) { return *name == 'H' ? "/home/u" : "/run/user/1"; });
  CHECK(all == std::vector<std::string>{"/var/run/docker.sock", "/run/user/1/docker.sock",
                                        "/home/u/.docker/run/docker.sock", "/home/u/.orbstack/run/docker.sock",
                                        "/run/docker.sock", "/run/user/1/podman/podman.sock",
                                        "/run/podman/podman.sock"});
}

TEST_CASE("SocketDetection: takes the first that is a socket", "[socket]") {
  if (std::filesystem::exists("/var/run/docker.sock") || std::filesystem::exists("/run/podman/podman.sock")) return;
  const TempDir directory;
  const std::map<std::string, std::string> variables = {{"HOME", directory.Join("home")},
                                                        {"XDG_RUNTIME_DIR", directory.Join("run")}};
  const auto get = [&variables](const char *name) { return variables.at(name).c_str(); };
  CHECK(DetectDockerSocket(get) == "/var/run/docker.sock");
  MakeSocket(directory.Join("run/podman/podman.sock"));
  CHECK(DetectDockerSocket(get) == directory.Join("run/podman/podman.sock"));
  directory.Write("run/docker.sock", "a file, no socket");
  CHECK(DetectDockerSocket(get) == directory.Join("run/podman/podman.sock"));
  MakeSocket(directory.Join("home/.docker/run/docker.sock"));
  CHECK(DetectDockerSocket(get) == directory.Join("home/.docker/run/docker.sock"));
}
