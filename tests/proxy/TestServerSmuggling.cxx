// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/Strings.hxx"
#include "tests/proxy/ListenerFixture.hxx"

using namespace lookout;

namespace {

/** What the handler must see, and the statuses that the client must; nothing else in either. */
struct Row {
  std::string wire;
  std::string seen;
  std::vector<int> statuses;
};

/** Behind every row: whoever takes it for a part of something else, or the other way round, has been smuggled to. */
const std::string kNext = "GET /next HTTP/1.1\r\nHost: d\r\n\r\n";
const std::string kPost = "POST /a HTTP/1.1\r\nHost: d\r\n";
const std::string kChunked = kPost + "Transfer-Encoding: chunked\r\n\r\n";

const std::vector<Row> kRows = {
    // Bodies that end where everybody says
    {kPost + "Content-Length: 3\r\n\r\nabc", "POST /a abc, GET /next ", {200, 200}},
    {kPost + "Content-Length: 0\r\n\r\n", "POST /a , GET /next ", {200, 200}},
    {kPost + "\r\n", "POST /a , GET /next ", {200, 200}},
    {"GET /a HTTP/1.1\r\nHost: d\r\nContent-Length: 3\r\n\r\nabc", "GET /a abc, GET /next ", {200, 200}},
    {kPost + "Content-Length: 34\r\n\r\n" + kNext + "abc", "POST /a " + kNext + "abc, GET /next ", {200, 200}},
    {kChunked + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "POST /a abcde, GET /next ", {200, 200}},
    {kChunked + "A\r\n0123456789\r\n00000\r\n\r\n", "POST /a 0123456789, GET /next ", {200, 200}},
    {kChunked + "3;name=value;x=\"y\"\r\nabc\r\n0;last\r\n\r\n", "POST /a abc, GET /next ", {200, 200}},
    {kChunked + "0\r\nX-Trailer: 1\r\nContent-Length: 99\r\n\r\n", "POST /a , GET /next ", {200, 200}},
    {kChunked + "1f\r\n" + kNext + "\r\n0\r\n\r\n", "POST /a " + kNext + ", GET /next ", {200, 200}},
    {"\r\n" + kPost + "\r\n", "POST /a , GET /next ", {200, 200}},
    // Two lengths, or none that counts
    {kPost + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc", "", {400}},
    {kPost + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", "", {400}},
    {kPost + "Content-Length: 3,3\r\n\r\nabc", "", {400}},
    {kPost + "Content-Length: +3\r\n\r\nabc", "", {400}},
    {kPost + "Content-Length: 0x3\r\n\r\nabc", "", {400}},
    {kPost + "Content-Length: 3 \x0b\r\n\r\nabc", "", {400}},
    {kPost + "Content-Length: -3\r\n\r\nabc", "", {400}},
    {kPost + "Content-Length: 99999999999999999999\r\n\r\nabc", "", {400}},
    {kPost + "Content-Length: \r\n\r\nabc", "", {400}},
    {kPost + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "", {400}},
    {kPost + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", "", {400}},
    // Codings that others might overlook, or see
    {kPost + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", "", {501}},
    {kPost + "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "", {400}},
    {kPost + "Transfer-Encoding: gzip\r\n\r\n", "", {501}},
    {kPost + "Transfer-Encoding: chunked;x\r\n\r\n0\r\n\r\n", "", {501}},
    {kPost + "Transfer-Encoding:\x0b" + "chunked\r\n\r\n0\r\n\r\n", "", {400}},
    {kPost + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", "", {400}},
    {kPost + "X: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "", {400}},
    {"POST /a HTTP/1.0\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "", {400}},
    // Lines that end otherwise
    {"GET /a HTTP/1.1\nHost: d\n\n", "", {400}},
    {"GET /a HTTP/1.1\r\nHost: d\nX: y\r\n\r\n", "", {400}},
    {"GET /a HTTP/1.1\r\nHost: d\r\nX: y\rz\r\n\r\n", "", {400}},
    {"GET /a HTTP/1.1\r\nHost: d\r\nX: y\r\r\n\r\n", "", {400}},
    {std::string("GET /a HTTP/1.1\r\nHost: d\r\nX: a\0b\r\n\r\n", 36), "", {400}},
    {"GET /a HTTP/1.1\r\nHost: d\r\nX: y\r\n\tz\r\n\r\n", "", {400}},
    {"GET /a HTTP/1.1\r\n Host: d\r\n\r\n", "", {400}},
    {"GET /a HTTP/1.1\r\nHost: d\r\nno colon\r\n\r\n", "", {400}},
    {"\r\n\r\nGET /a HTTP/1.1\r\nHost: d\r\n\r\n", "", {400}},
    // Hosts and targets
    {"GET /a HTTP/1.1\r\n\r\n", "", {400}},
    {"GET /a HTTP/1.1\r\nHost: d\r\nHost: e\r\n\r\n", "", {400}},
    {"GET /a HTTP/1.1\r\nHost: d, e\r\n\r\n", "", {400}},
    {"GET http://e/a?b=%2F HTTP/1.1\r\nHost: d\r\n\r\n", "GET /a?b=%2F , GET /next ", {200, 200}},
    {"GET https://e HTTP/1.1\r\nHost: d\r\n\r\n", "GET / , GET /next ", {200, 200}},
    {"GET http://e?q HTTP/1.1\r\nHost: d\r\n\r\n", "GET /?q , GET /next ", {200, 200}},
    {"GET //a/../b/%2e%2E/./c HTTP/1.1\r\nHost: d\r\n\r\n", "GET //a/../b/%2e%2E/./c , GET /next ", {200, 200}},
    {"GET ftp://e/a HTTP/1.1\r\nHost: d\r\n\r\n", "", {400}},
    {"GET http://u@e/a HTTP/1.1\r\nHost: d\r\n\r\n", "", {400}},
    {"GET e:80 HTTP/1.1\r\nHost: d\r\n\r\n", "", {400}},
    {"CONNECT e:80 HTTP/1.1\r\nHost: e\r\n\r\n", "", {400}},
    {"GET * HTTP/1.1\r\nHost: d\r\n\r\n", "", {400}},
    {"OPTIONS * HTTP/1.1\r\nHost: d\r\n\r\n", "GET /next ", {200, 200}},
    {"GET /a#b HTTP/1.1\r\nHost: d\r\n\r\n", "", {400}},
    {"GET /a\tb HTTP/1.1\r\nHost: d\r\n\r\n", "", {400}},
    {"GET /a HTTP/1.1 x\r\nHost: d\r\n\r\n", "", {400}},
    {"GET /a HTTP/1.1\x0b\r\nHost: d\r\n\r\n", "", {505}},
    {"GET /a HTTP/3.0\r\nHost: d\r\n\r\n", "", {505}},
    {"GET /a\r\n\r\n", "", {400}},
    {"G\x01T /a HTTP/1.1\r\nHost: d\r\n\r\n", "", {400}},
    // Too much
    {"GET /a HTTP/1.1\r\nHost: d\r\nX: " + std::string(66'000, 'x') + "\r\n\r\n", "", {431}},
    {"GET /" + std::string(17'000, 'x') + " HTTP/1.1\r\nHost: d\r\n\r\n", "", {414}},
    // One request is answered, and its connection is then of no more use
    {"GET /a HTTP/1.0\r\n\r\n", "GET /a ", {200}},
    {"GET /a HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n", "GET /a ", {200}},
};

/** Chunked bodies that no two readers are sure to read alike: the request must not come to be answered. */
const std::vector<std::string> kBrokenBodies = {
    "3\nabc\r\n0\r\n\r\n",
    "3\r\nabc\n0\r\n\r\n",
    "3\r\nabcd\r\n0\r\n\r\n",
    "3\r\nab\r\n0\r\n\r\n",
    "-3\r\nabc\r\n0\r\n\r\n",
    "+3\r\nabc\r\n0\r\n\r\n",
    "0x3\r\nabc\r\n0\r\n\r\n",
    " 3\r\nabc\r\n0\r\n\r\n",
    "3 \r\nabc\r\n0\r\n\r\n",
    "\r\n3\r\nabc\r\n0\r\n\r\n",
    "g\r\n\r\n",
    ";x\r\n\r\n",
    "1000000000000000000\r\n",
    "3;x\ny\r\nabc\r\n0\r\n\r\n",
    "3;" + std::string(300, 'x') + "\r\nabc\r\n0\r\n\r\n",
    "0\r\nno colon\r\n\r\n",
    "0\r\nX: y\n\r\n",
    "0\r\nX: " + std::string(9'000, 'x') + "\r\n\r\n",
};

std::vector<int> StatusesIn(const std::string &received) {
  std::vector<int> statuses;
  const std::string mark = "HTTP/1.1 ";
  for (size_t at = received.find(mark); at != std::string::npos; at = received.find(mark, at + 1)) {
    if (const auto status = ParseInt(received.substr(at + mark.size(), 3)))
      statuses.push_back(static_cast<int>(*status));
  }
  return statuses;
}

void SendInPieces(ListenerFixture &fixture, WireClient &client, const std::string &bytes, size_t piece) {
  for (size_t at = 0; at < bytes.size(); at += piece) {
    client.Send(std::string_view(bytes).substr(at, piece));
    if (piece < bytes.size()) fixture.loop.RunOnce(std::chrono::milliseconds(5));
  }
}

std::string Seen(const ScriptedHandler &handler) {
  std::string seen;
  for (const auto &call : handler.calls) {
    seen += (seen.empty() ? "" : ", ") + call->request.head.method + " " + call->request.head.target + " " + call->body;
  }
  return seen;
}

}  // namespace

TEST_CASE("ServerConnection: nobody smuggles a request past the parser", "[listener][smuggling]") {
  const auto row = GENERATE(from_range(kRows));
  const bool in_one_piece = GENERATE(true, false);
  CAPTURE(row.wire.substr(0, 200), in_one_piece);
  ListenerFixture fixture;
  fixture.handler.on_body = [](auto &call) { call.Answer(200, "ok"); };
  const auto client = fixture.Connect();
  const auto wire = row.wire + kNext;
  SendInPieces(fixture, *client, wire, in_one_piece ? wire.size() : 1 + wire.size() / 50);
  client->CloseWrite();
  REQUIRE(fixture.Run([&] { return client->IsEof(); }));
  CHECK_FALSE(client->IsReset());
  CHECK(Seen(fixture.handler) == row.seen);
  CHECK(StatusesIn(client->Received()) == row.statuses);
}

TEST_CASE("ServerConnection: a body that can be read in two ways is read in none", "[listener][smuggling]") {
  const auto body = GENERATE(from_range(kBrokenBodies));
  CAPTURE(body);
  ListenerFixture fixture;
  fixture.handler.on_call = [](auto &call) {
    call.ReadBody();
    if (call.body_broken) call.sink->OnError({Failure::Kind::BadRequest, "the request's body broke off"});
  };
  fixture.handler.on_body = [](auto &call) { call.Answer(200, "ok"); };
  const auto client = fixture.Connect();
  client->Send(kChunked + body + kNext);
  REQUIRE(fixture.Run([&] { return client->IsEof(); }));
  CHECK(fixture.handler.calls.size() == 1);
  CHECK(fixture.Call().body_broken);
  CHECK(StatusesIn(client->Received()) == std::vector<int>{400});
}
