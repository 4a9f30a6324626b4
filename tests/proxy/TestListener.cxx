// SPDX-License-Identifier: Apache-2.0
#include "proxy/Listener.hxx"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "proxy/ListenSocket.hxx"
#include "tests/proxy/ListenerFixture.hxx"
#include "tests/support/ProcessUsage.hxx"
#include "tests/support/RunProgram.hxx"
#include "tests/support/TempDir.hxx"

using namespace lookout;

namespace {

ListenerSettings OnPath(const std::string &path) {
  ListenerSettings settings;
  settings.socket_path = path;
  return settings;
}

ListenerSettings OnAddress(const std::string &address, uint16_t port = 0) {
  ListenerSettings settings;
  settings.address = address;
  settings.port = port;
  return settings;
}

std::string ErrorOf(ListenerFixture &fixture, const ListenerSettings &settings) {
  try {
    const Listener listener(fixture.loop, settings, fixture.handler);
    return "";
  } catch (const std::runtime_error &error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("Listener: says why it cannot listen", "[listener]") {
  ListenerFixture fixture;
  const auto port = fixture.listener->Port();
  CHECK(ErrorOf(fixture, OnAddress("127.0.0.1", port)) ==
        "cannot listen on 127.0.0.1 port " + std::to_string(port) + ": the port is in use by another process");
  CHECK(ErrorOf(fixture, OnAddress("192.0.2.1", 80)) ==
        "cannot listen on 192.0.2.1 port 80: this host has no such address");
  CHECK(ErrorOf(fixture, OnAddress("localhost", 80)) ==
        "cannot listen on localhost port 80: not an IP address: localhost");
  CHECK_THAT(ErrorOf(fixture, OnPath("/nonexistent/x.sock")), Catch::Contains("No such file"));
  CHECK_THAT(ErrorOf(fixture, OnPath("/" + std::string(200, 'x'))), Catch::Contains("1 to 107 bytes"));
}

TEST_CASE("Listener: addresses of both families", "[listener]") {
  ListenerFixture fixture;
  fixture.handler.on_body = [](auto &call) { call.Answer(200, "hi"); };
  const auto [address, url] = GENERATE(table<std::string, std::string>({
      {"127.0.0.1", "127.0.0.1"},
      {"::1", "[::1]"},
      {"[::1]", "[::1]"},
      {"::", "127.0.0.1"},
      {"::", "[::1]"},
      {"", "127.0.0.1"},
  }));
  CAPTURE(address, url);
  Listener listener(fixture.loop, OnAddress(address), fixture.handler);
  REQUIRE(listener.Port() != 0);
  const auto command = "curl -sg http://" + url + ":" + std::to_string(listener.Port()) + "/";
  CHECK(RunProgram(fixture.loop, command) == "hiexit 0\n");
}

TEST_CASE("Listener: knows whether other hosts can reach it", "[listener]") {
  ListenerFixture fixture;
  const auto [address, is_local] = GENERATE(table<std::string, bool>(
      {{"127.0.0.1", true}, {"127.1.2.3", true}, {"::1", true}, {"::", false}, {"0.0.0.0", false}, {"", false}}));
  CAPTURE(address);
  const Listener listener(fixture.loop, OnAddress(address), fixture.handler);
  CHECK(listener.IsLocal() == is_local);
}

TEST_CASE("Listener: a unix socket for its owner only, gone at the end", "[listener]") {
  ListenerFixture fixture;
  TempDir directory;
  const auto path = directory.Join("agent.sock");
  fixture.handler.on_body = [](auto &call) { call.Answer(200, "hi"); };
  {
    Listener listener(fixture.loop, OnPath(path), fixture.handler);
    CHECK(listener.Address() == path);
    struct stat info {};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
    CHECK(RunProgram(fixture.loop, "curl -s --unix-socket " + path + " http://d/x") == "hiexit 0\n");
    CHECK(fixture.Call().request.origin.actor == "unix socket");
    CHECK_THAT(ErrorOf(fixture, OnPath(path)), Catch::Contains("another process listens there already"));
  }
  CHECK(::access(path.c_str(), F_OK) != 0);
}

TEST_CASE("Listener: replaces a stale socket, and nothing else", "[listener]") {
  ListenerFixture fixture;
  TempDir directory;
  const auto stale = directory.Join("stale.sock");
  // Its descriptor is closed at once, and the file stays, as after a kill.
  MakeUnixListenSocket(stale, 0600);
  REQUIRE(::access(stale.c_str(), F_OK) == 0);
  CHECK(ErrorOf(fixture, OnPath(stale)).empty());

  const auto file = directory.Join("file");
  std::ofstream(file) << "precious";
  CHECK_THAT(ErrorOf(fixture, OnPath(file)), Catch::Contains("not a socket"));
  CHECK(::access(file.c_str(), F_OK) == 0);
}

TEST_CASE("Listener: leaves a socket alone that has taken its place", "[listener]") {
  ListenerFixture fixture;
  TempDir directory;
  const auto path = directory.Join("agent.sock");
  auto first = std::make_unique<Listener>(fixture.loop, OnPath(path), fixture.handler);
  REQUIRE(::unlink(path.c_str()) == 0);
  const Listener second(fixture.loop, OnPath(path), fixture.handler);
  first.reset();
  CHECK(::access(path.c_str(), F_OK) == 0);
}

TEST_CASE("Listener: at its limit the first idle connection makes room", "[listener]") {
  ListenerSettings settings;
  settings.max_connections = 2;
  ListenerFixture fixture(settings);
  fixture.handler.on_body = [](auto &call) {
    if (call.request.head.target == "/quick") call.Answer(200, "hi");
  };
  const auto busy = fixture.Connect();
  busy->Send("GET /slow HTTP/1.1\r\nHost: d\r\n\r\n");
  const auto idle = fixture.Connect();
  CHECK_THAT(fixture.Ask(*idle, "GET /quick HTTP/1.1\r\nHost: d\r\n\r\n", "hi"), Catch::Contains("200 OK"));
  const auto third = fixture.Connect();
  third->Send("GET /slow HTTP/1.1\r\nHost: d\r\n\r\n");
  CHECK(fixture.Run([&] { return idle->IsEof(); }));
  CHECK_FALSE(busy->IsEof());
  CHECK(fixture.listener->Connections() == 2);

  const auto refused = fixture.Connect();
  CHECK(fixture.Run([&] { return refused->IsEof(); }));
  CHECK_THAT(refused->Received(), Catch::StartsWith("HTTP/1.1 503 ") && Catch::EndsWith("too many connections\n"));
}

TEST_CASE("Listener: hostile clients do not keep others from being served", "[listener]") {
  ListenerFixture fixture;
  fixture.handler.on_body = [](auto &call) {
    if (call.request.head.target == "/quick") call.Answer(200, "hi");
  };
  std::vector<std::unique_ptr<WireClient>> hostile;
  for (int i = 0; i < 200; ++i) {
    hostile.push_back(fixture.Connect());
    switch (i % 4) {
      case 0: hostile.back()->Send("GET / HT"); break;
      case 1: hostile.back()->Send("POST / HTTP/1.1\r\nHost: d\r\nContent-Length: 9\r\n\r\n"); break;
      case 2: hostile.back()->Send(std::string(80'000, '\r')); break;
      default: hostile.back()->Send("GET /slow HTTP/1.1\r\nHost: d\r\n\r\n" + std::string(20'000, 'x')); break;
    }
  }
  const auto client = fixture.Connect();
  CHECK_THAT(fixture.Ask(*client, "GET /quick HTTP/1.1\r\nHost: d\r\n\r\n", "hi"), Catch::EndsWith("hi"));
  hostile.clear();
  CHECK(fixture.Run([&] { return fixture.listener->Connections() == 1; }));
}

TEST_CASE("Listener: a flood of requests that are refused makes room, too", "[listener]") {
  ListenerSettings settings;
  settings.max_connections = 4;
  ListenerFixture fixture(settings);
  fixture.handler.on_body = [](auto &call) {
    if (call.request.head.target == "/quick") call.Answer(200, "hi");
  };
  const auto busy = fixture.Connect();
  busy->Send("GET /slow HTTP/1.1\r\nHost: d\r\n\r\n");
  // They have their answers, and keep their connections all the same.
  std::vector<std::unique_ptr<WireClient>> flood;
  for (int i = 0; i < 3; ++i) {
    flood.push_back(fixture.Connect());
    CHECK_THAT(fixture.Ask(*flood.back(), "rubbish\r\n\r\n", "\n"), Catch::Contains(" 400 "));
  }
  CHECK(fixture.listener->Connections() == 4);
  const auto client = fixture.Connect();
  CHECK_THAT(fixture.Ask(*client, "GET /quick HTTP/1.1\r\nHost: d\r\n\r\n", "hi"), Catch::EndsWith("hi"));
  CHECK_FALSE(busy->IsEof());
}

TEST_CASE("Listener: a flood of connections that ask for nothing makes room for one that does", "[listener]") {
  constexpr size_t kFlood = 10'000;
  ListenerSettings settings;
  settings.max_connections = 256;
  ListenerFixture fixture(settings);
  fixture.handler.on_body = [](auto &call) {
    if (call.request.head.target == "/quick") call.Answer(200, "hi");
  };
  const size_t memory_before = ResidentBytes();
  std::vector<std::unique_ptr<WireClient>> flood;
  for (size_t i = 0; i < kFlood; ++i) {
    flood.push_back(fixture.Connect());
    if (i % 2 == 0) flood.back()->Send("GET / HTTP/1.1\r\nX: ");
    if (i % 8 == 0) fixture.loop.RunOnce(std::chrono::milliseconds(1));
  }
  fixture.Pass();
  CHECK(fixture.listener->Connections() == 256);
  const auto client = fixture.Connect();
  CHECK_THAT(fixture.Ask(*client, "GET /quick HTTP/1.1\r\nHost: d\r\n\r\n", "hi"), Catch::EndsWith("hi"));
  CHECK(fixture.listener->Connections() == 256);
  // The clients are a part of this process too.
  if (IsMemoryMeasurable()) CHECK(ResidentBytes() - memory_before < kFlood * 4096 + (16 << 20));
  flood.clear();
  CHECK(fixture.Run([&] { return fixture.listener->Connections() == 1; }));
}

TEST_CASE("Listener: closes gracefully", "[listener]") {
  ListenerFixture fixture;
  const auto idle = fixture.Connect();
  const auto busy = fixture.Connect();
  busy->Send("GET /slow HTTP/1.1\r\nHost: d\r\n\r\n");
  REQUIRE(fixture.Run([&] { return fixture.handler.calls.size() == 1; }));
  bool closed = false;
  fixture.listener->Close(std::chrono::seconds(5), [&] { closed = true; });
  CHECK(fixture.Run([&] { return idle->IsEof(); }));
  CHECK_THROWS(fixture.Connect());
  idle->Close();
  fixture.Pass();
  CHECK_FALSE(closed);
  fixture.Call().Answer(200, "done");
  CHECK(fixture.Run([&] { return busy->IsEof(); }));
  CHECK_THAT(busy->Received(), Catch::Contains("Connection: close") && Catch::EndsWith("done"));
  busy->Close();
  CHECK(fixture.Run([&] { return closed; }));
  CHECK(fixture.listener->Connections() == 0);
}

TEST_CASE("Listener: cuts what is not done at the limit", "[listener]") {
  ListenerFixture fixture;
  const auto busy = fixture.Connect();
  busy->Send("GET /slow HTTP/1.1\r\nHost: d\r\n\r\n");
  REQUIRE(fixture.Run([&] { return fixture.handler.calls.size() == 1; }));
  bool closed = false;
  fixture.listener->Close(std::chrono::milliseconds(30), [&] { closed = true; });
  CHECK(fixture.Run([&] { return closed; }));
  CHECK(fixture.Call().gone);
  CHECK(fixture.Run([&] { return busy->IsEof(); }));
}

TEST_CASE("Listener: closing with nothing open", "[listener]") {
  ListenerFixture fixture;
  bool closed = false;
  fixture.listener->Close(std::chrono::seconds(5), [&] {
    closed = true;
    fixture.listener.reset();
  });
  CHECK_FALSE(closed);
  CHECK(fixture.Run([&] { return closed; }));
}

TEST_CASE("Listener: its destruction cancels everything", "[listener]") {
  ListenerFixture fixture;
  const auto client = fixture.Connect();
  client->Send("GET / HTTP/1.1\r\nHost: d\r\n\r\n");
  REQUIRE(fixture.Run([&] { return fixture.handler.calls.size() == 1; }));
  fixture.listener.reset();
  CHECK(fixture.Call().gone);
  CHECK(fixture.Run([&] { return client->IsEof(); }));
}
