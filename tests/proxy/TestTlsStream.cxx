// SPDX-License-Identifier: Apache-2.0
#include "proxy/TlsStream.hxx"

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <optional>

#include "proxy/BufferedStream.hxx"
#include "proxy/ServerTlsContext.hxx"
#include "proxy/SocketStream.hxx"
#include "tests/support/RunLoop.hxx"
#include "tests/support/TempDir.hxx"
#include "tests/support/TestPki.hxx"

using namespace lookout;

namespace {

/** One end of a connection and what it has seen. */
struct End final : BufferedStreamUser {
  End(EventLoop &loop, std::unique_ptr<ByteStream> stream)
      : buffered(std::in_place, loop, std::move(stream), static_cast<BufferedStreamUser &>(*this)) {}

  void OnInput() override {
    received += buffered->Input().View();
    buffered->Input().Clear();
  }
  void OnInputEnd(int error) override { input_end = error; }
  void OnOutput() override {}
  void OnOutputError(int error) override { output_error = error; }
  void OnHangUp() override { hung_up = true; }

  std::string received;
  std::optional<int> input_end;
  std::optional<int> output_error;
  bool hung_up = false;
  std::optional<BufferedStream> buffered;
};

struct TlsFixture {
  TlsFixture() {
    const auto certificate = ca.Issue({{"DNS:localhost"}});
    server_context.emplace(ServerTlsSettings{directory.Write("cert.pem", certificate.CertificatePem()),
                                             directory.Write("key.pem", certificate.KeyPem()), ""});
    TrustCertificates(client_context.get(), directory.Write("ca.pem", ca.Root().CertificatePem()), "CA");
    SSL_CTX_set_verify(client_context.get(), SSL_VERIFY_PEER, nullptr);
    int pair[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0);
    server_socket.Reset(pair[0]);
    client_socket.Reset(pair[1]);
  }

  void StartServer() {
    server.emplace(loop, server_context->Accept(loop, std::make_unique<SocketStream>(loop, std::move(server_socket))));
    server->buffered->SetReadLimit(1 << 20);
  }
  void StartClient() {
    client.emplace(loop,
                   std::make_unique<TlsStream>(loop, std::make_unique<SocketStream>(loop, std::move(client_socket)),
                                               client_context.get(), TlsStream::Role::Client));
    client->buffered->SetReadLimit(1 << 20);
  }
  bool Run(const std::function<bool()> &done) { return RunUntil(loop, done, std::chrono::seconds(5)); }
  void Shake() {
    StartServer();
    StartClient();
    client->buffered->Write("ping");
    REQUIRE(Run([&] { return server->received == "ping"; }));
  }

  SystemClock clock;
  EventLoop loop{clock};
  TempDir directory;
  TestCa ca{"listener CA"};
  std::optional<ServerTlsContext> server_context;
  UniqueSslContext client_context = MakeTlsClientContext();
  UniqueFd server_socket;
  UniqueFd client_socket;
  std::optional<End> server;
  std::optional<End> client;
};

}  // namespace

TEST_CASE("TlsStream: carries bytes both ways, in any amount", "[tls]") {
  TlsFixture test;
  test.Shake();
  CHECK(test.server->buffered->Security().is_encrypted);
  std::string much(3'000'000, 'x');
  for (size_t i = 0; i < much.size(); i += 1000) much[i] = static_cast<char>('a' + i / 1000 % 26);
  test.server->buffered->Write(much);
  test.client->buffered->Write(much);
  CHECK(test.Run([&] { return test.client->received.size() >= much.size(); }));
  CHECK(test.Run([&] { return test.server->received.size() >= much.size() + 4; }));
  CHECK(test.client->received == much);
  CHECK(test.server->received == "ping" + much);
}

TEST_CASE("TlsStream: a reader of few bytes at a time is told of those already decoded", "[tls]") {
  struct Sipper final : ByteStreamUser {
    void OnReady(bool readable, bool) override {
      char byte = 0;
      if (readable && stream->Read({&byte, 1}).state == IoResult::State::Done) received += byte;
      stream->Want(true, false);
    }
    void OnHangUp() override {}
    std::unique_ptr<ByteStream> stream;
    std::string received;
  };
  TlsFixture test;
  Sipper sipper;
  sipper.stream =
      test.server_context->Accept(test.loop, std::make_unique<SocketStream>(test.loop, std::move(test.server_socket)));
  sipper.stream->SetUser(sipper);
  sipper.stream->Want(true, false);
  test.StartClient();
  test.client->buffered->Write("byte by byte");
  CHECK(test.Run([&] { return sipper.received == "byte by byte"; }));
}

TEST_CASE("TlsStream: each direction ends for itself", "[tls]") {
  TlsFixture test;
  test.Shake();
  const bool client_first = GENERATE(true, false);
  auto &first = client_first ? *test.client : *test.server;
  auto &second = client_first ? *test.server : *test.client;
  first.received.clear();
  first.buffered->Write("the last words");
  first.buffered->CloseWrite();
  CHECK(test.Run([&] { return second.input_end.has_value(); }));
  CHECK(second.input_end == 0);
  CHECK_THAT(second.received, Catch::EndsWith("the last words"));
  CHECK_FALSE(first.input_end);
  second.buffered->Write(std::string(200'000, 'y'));
  second.buffered->CloseWrite();
  CHECK(test.Run([&] { return first.input_end.has_value(); }));
  CHECK(first.input_end == 0);
  CHECK(first.received == std::string(200'000, 'y'));
}

TEST_CASE("TlsStream: a connection that just ends is not an orderly end", "[tls]") {
  TlsFixture test;
  test.Shake();
  test.client.reset();
  CHECK(test.Run([&] { return test.server->input_end.has_value(); }));
  CHECK(test.server->input_end == ECONNRESET);
}

TEST_CASE("TlsStream: an end before the handshake is an error", "[tls]") {
  TlsFixture test;
  test.StartServer();
  SECTION("at once") {}
  SECTION("in the middle") {
    REQUIRE(::send(test.client_socket.Get(), "\x16\x03\x01", 3, 0) == 3);
  }
  test.client_socket.Reset();
  CHECK(test.Run([&] { return test.server->input_end.has_value(); }));
  CHECK(test.server->input_end == ECONNRESET);
}

TEST_CASE("TlsStream: what is not TLS is an error", "[tls]") {
  TlsFixture test;
  test.StartServer();
  std::string junk("\x16\x03\x01\x00\x05xxxxx", 10);
  SECTION("in a record") {}
  SECTION("of another version") {
    junk = std::string("\x80\x2e\x01\x00\x02", 5) + std::string(60, 'x');
  }
  REQUIRE(::send(test.client_socket.Get(), junk.data(), junk.size(), 0) == static_cast<ssize_t>(junk.size()));
  CHECK(test.Run([&] { return test.server->input_end.has_value(); }));
  CHECK(test.server->input_end == EPROTO);
}

TEST_CASE("TlsStream: HTTP in clear is answered in clear", "[tls]") {
  TlsFixture test;
  test.StartServer();
  const std::string request = GENERATE("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "DELETE / HTTP/1.1\r\n\r\n", "P");
  REQUIRE(::send(test.client_socket.Get(), request.data(), request.size(), 0) > 0);
  CHECK(test.Run([&] { return test.server->input_end.has_value(); }));
  CHECK(test.server->input_end == EPROTO);
  std::string answer(1000, ' ');
  const auto size = ::recv(test.client_socket.Get(), answer.data(), answer.size(), 0);
  REQUIRE(size > 0);
  answer.resize(static_cast<size_t>(size));
  CHECK_THAT(answer, Catch::StartsWith("HTTP/1.1 400 Bad Request\r\n") &&
                         Catch::EndsWith("\r\n\r\nthis port speaks HTTPS only: use an https URL\n"));
  CHECK(::recv(test.client_socket.Get(), answer.data(), answer.size(), 0) == 0);
}

TEST_CASE("TlsStream: a refused certificate is an error on both sides", "[tls]") {
  TlsFixture test;
  test.client_context = MakeTlsClientContext();
  SSL_CTX_set_verify(test.client_context.get(), SSL_VERIFY_PEER, nullptr);
  test.StartServer();
  test.StartClient();
  test.client->buffered->Write("ping");
  CHECK(test.Run([&] { return test.client->input_end && test.server->input_end; }));
  CHECK(test.client->input_end == EPROTO);
  CHECK(test.client->output_error == EPROTO);
  CHECK(test.server->input_end == EPROTO);
  CHECK(test.server->received.empty());
}

TEST_CASE("TlsStream: output to a peer that has gone fails", "[tls]") {
  TlsFixture test;
  test.Shake();
  test.client.reset();
  CHECK(test.Run([&] { return test.server->input_end.has_value(); }));
  test.server->buffered->Write("more");
  CHECK(test.Run([&] { return test.server->output_error.has_value(); }));
}

TEST_CASE("TlsStream: an abandoned stream ends without close_notify", "[tls]") {
  TlsFixture test;
  test.Shake();
  test.server->buffered->MakeAbortive();
  test.server.reset();
  CHECK(test.Run([&] { return test.client->input_end.has_value(); }));
  CHECK(test.client->input_end == ECONNRESET);
}
