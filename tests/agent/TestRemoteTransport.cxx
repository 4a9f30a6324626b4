// SPDX-License-Identifier: Apache-2.0
#include "agent/RemoteTransport.hxx"

#include <catch2/catch.hpp>
#include <optional>
#include <string>

#include "auth/RequestSignature.hxx"
#include "proxy/Listener.hxx"
#include "proxy/ServerTlsContext.hxx"
#include "tests/support/RunLoop.hxx"
#include "tests/support/ScriptedHandler.hxx"
#include "tests/support/TempDir.hxx"
#include "tests/support/TestPki.hxx"
#include "tests/support/WireClient.hxx"

using namespace lookout;

namespace {

/** A client, the forwarding command's inside, and an agent's listener with TLS whose handler is the test. */
struct Remote {
  Remote() {
    const auto certificate = ca.Issue({{"IP:127.0.0.1"}});
    const auto mine = client_ca.Issue({{}, -1, 30, "deploy"});
    directory.Write("ca.pem", ca.Root().CertificatePem());
    directory.Write("mine.pem", mine.CertificatePem());
    directory.Write("mine.key", mine.KeyPem());
    directory.Write("key", key.ToPem().Reveal());
    directory.Write("token", "s3cret\n");
    server_tls.emplace(ServerTlsSettings{directory.Write("cert.pem", certificate.CertificatePem()),
                                         directory.Write("key.pem", certificate.KeyPem()),
                                         directory.Write("client-ca.pem", client_ca.Root().CertificatePem())});
    ListenerSettings settings;
    settings.tls = &*server_tls;
    agent.emplace(loop, settings, handler);
    tls_settings.ca_file = directory.Join("ca.pem");
    tls_settings.ca_setting = "--ca";
  }

  void Start() {
    tls.emplace(tls_settings, "127.0.0.1");
    endpoint.emplace(
        RemoteEndpoint{*ParseControllerUrl("https://127.0.0.1:" + std::to_string(agent->Port())), {}, resolver, &*tls});
    transport.emplace(loop, *endpoint, credential, room);
    ListenerSettings settings;
    settings.socket_path = directory.Join("local.sock");
    front.emplace(loop, settings, *transport);
    client = std::make_unique<WireClient>(loop, settings.socket_path);
  }
  bool Run(const std::function<bool()> &done) { return RunUntil(loop, done, std::chrono::seconds(10)); }
  /** Sends, and runs until the answer ends in `end`. */
  std::string Ask(std::string_view bytes, std::string_view end) {
    client->Send(bytes);
    Run([&] { return client->Received().ends_with(end) || client->IsEof(); });
    return client->Received();
  }
  ScriptedHandler::Call &Call(size_t index = 0) { return *handler.calls.at(index); }

  SystemClock clock;
  EventLoop loop{clock};
  TempDir directory;
  TestCa ca{"server CA"};
  TestCa client_ca{"client CA"};
  Ed25519PrivateKey key = Ed25519PrivateKey::Generate();
  ScriptedHandler handler{loop};
  std::optional<ServerTlsContext> server_tls;
  std::optional<Listener> agent;
  TlsSettings tls_settings;
  SystemResolver resolver{loop};
  std::optional<TlsContext> tls;
  std::optional<RemoteEndpoint> endpoint;
  RemoteCredential credential{clock};
  HeldBodyRoom room{{directory.Path()}};
  std::optional<RemoteTransport> transport;
  std::optional<Listener> front;
  std::unique_ptr<WireClient> client;
};

std::string Post(const std::string &body, const std::string &more = "") {
  return "POST /v1.41/containers/create?name=%2Fa HTTP/1.1\r\nHost: d\r\n" + more +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

void Serve(Remote &test) {
  test.handler.on_body = [](auto &call) { call.Answer(201, "made"); };
}

const std::string kUpgrade =
    "POST /exec/x/start HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 2\r\n\r\n{}";

}  // namespace

TEST_CASE("RemoteTransport: requests and answers pass as they are", "[connect]") {
  Remote test;
  test.credential.UseTokenFile(test.directory.Join("token"));
  test.Start();
  Serve(test);
  const auto answer = test.Ask(Post("{ }", "X-A: 1\r\nX-A: 2\r\nAuthorization: Basic mine\r\n"), "made");
  CHECK_THAT(answer, Catch::StartsWith("HTTP/1.1 201 Created\r\n"));
  const auto &request = test.Call().request;
  CHECK(request.head.target == "/v1.41/containers/create?name=%2Fa");
  CHECK(request.head.headers.Joined("X-A") == "1, 2");
  CHECK(request.head.headers.Joined("Authorization") == "Bearer s3cret");
  CHECK(request.origin.is_encrypted);
  CHECK(test.Call().body == "{ }");
  test.client->Received().clear();
  CHECK_THAT(test.Ask("GET /events HTTP/1.1\r\nHost: d\r\n\r\n", "made"), Catch::EndsWith("made"));
  CHECK_FALSE(test.Call(1).request.body);
}

TEST_CASE("RemoteTransport: requests are signed so that an agent believes them", "[connect]") {
  Remote test;
  test.credential.UseKeyFile(test.directory.Join("key"));
  test.Start();
  Serve(test);
  const auto [wire, body] = GENERATE(table<std::string, std::string>({
      {Post("{ }"), "{ }"},
      {Post(std::string(1'000'000, 'x')), std::string(1'000'000, 'x')},
      {"PUT /a?b HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "abc"},
      {"POST /containers/x/start HTTP/1.1\r\nHost: d\r\n\r\n", ""},
      {"GET /a%2Fb//c?d=%20 HTTP/1.1\r\nHost: d\r\n\r\n", ""},
      {kUpgrade, "{}"},
  }));
  test.Ask(wire, "made");
  REQUIRE(test.handler.calls.size() == 1);
  CHECK(test.Call().body == body);
  const auto &head = test.Call().request.head;
  const auto field = [&](const std::string &name) { return head.headers.Joined("X-Portwing-" + name).value_or(""); };
  const auto key_id = field("Key-ID");
  const auto timestamp = field("Timestamp");
  const auto nonce = field("Nonce");
  const auto signature = field("Signature");
  const auto version = field("Signature-Version");
  const auto keys = AuthorizedKeys::Parse(FormatAuthorizedKey(test.key.PublicKey(), "test").value() + "\n");
  ReplayGuard guard(test.clock, std::chrono::seconds(60), 10);
  RequestSignatureVerifier verifier(test.clock, std::chrono::seconds(60), guard);
  const auto pending =
      verifier.CheckHead(keys, {key_id, timestamp, nonce, signature, version}, head.method, head.target);
  REQUIRE(pending);
  CHECK(verifier.CheckBody(keys, *pending, Sha256(body)));
}

TEST_CASE("RemoteTransport: what is too large to be signed is refused with what to do", "[connect]") {
  Remote test;
  test.credential.UseKeyFile(test.directory.Join("key"));
  test.Start();
  test.client->Send("POST /images/load HTTP/1.1\r\nHost: d\r\nContent-Length: 67108865\r\n\r\n");
  CHECK(test.Run([&] { return test.client->Received().ends_with("uploads\n"); }));
  CHECK_THAT(test.client->Received(), Catch::StartsWith("HTTP/1.1 413 ") && Catch::Contains("--token-file or --cert"));
  CHECK(test.handler.calls.empty());
}

TEST_CASE("RemoteTransport: a client certificate names its owner", "[connect]") {
  Remote test;
  test.tls_settings.own = {test.directory.Join("mine.pem"), test.directory.Join("mine.key"), "--cert", "--cert-key"};
  test.Start();
  Serve(test);
  CHECK_THAT(test.Ask(Post("{}"), "made"), Catch::EndsWith("made"));
  CHECK(test.Call().request.origin.certificate_subject == "CN=deploy");
}

TEST_CASE("RemoteTransport: upgrades with both ends apart", "[connect]") {
  Remote test;
  const bool is_signed = GENERATE(true, false);
  if (is_signed) test.credential.UseKeyFile(test.directory.Join("key"));
  test.Start();
  test.handler.on_body = [](auto &call) {
    call.duplex->OnHead({101, "UPGRADED", {{"Connection", "Upgrade"}, {"Upgrade", "tcp"}}});
    call.duplex->OnData("prompt");
  };
  CHECK_THAT(test.Ask(kUpgrade, "prompt"), Catch::StartsWith("HTTP/1.1 101 UPGRADED\r\n"));
  const std::string much(700'000, 'i');
  test.client->Send(much);
  test.client->CloseWrite();
  CHECK(test.Run([&] { return test.Call().write_closed; }));
  CHECK(test.Call().sent == much);
  test.client->Received().clear();
  test.Call().duplex->OnData("the last words");
  test.Call().duplex->OnEnd();
  CHECK(test.Run([&] { return test.client->IsEof(); }));
  CHECK(test.client->Received() == "the last words");
  CHECK_FALSE(test.client->IsReset());
  CHECK(test.Run([&] { return test.Call().gone; }));
}

TEST_CASE("RemoteTransport: the end of a process ends the client's connection", "[connect]") {
  Remote test;
  test.Start();
  test.handler.on_body = [](auto &call) {
    call.duplex->OnHead({101, "UPGRADED", {{"Connection", "Upgrade"}, {"Upgrade", "tcp"}}});
    call.duplex->OnData("bye");
    call.duplex->OnEnd();
  };
  test.client->Send(kUpgrade);
  CHECK(test.Run([&] { return test.client->IsEof(); }));
  CHECK_THAT(test.client->Received(), Catch::EndsWith("bye"));
}

TEST_CASE("RemoteTransport: an answer that breaks off is broken off", "[connect]") {
  Remote test;
  test.Start();
  test.handler.on_body = [](auto &call) {
    call.Head(200, {});
    call.sink->OnData("half");
    call.sink->OnError({Failure::Kind::Broken, "gone"});
  };
  test.client->Send("GET /x HTTP/1.1\r\nHost: d\r\n\r\n");
  CHECK(test.Run([&] { return test.client->IsEof(); }));
  CHECK_THAT(test.client->Received(), Catch::EndsWith("4\r\nhalf\r\n"));
}

TEST_CASE("RemoteTransport: a client that goes away ends the agent's request", "[connect]") {
  Remote test;
  test.Start();
  test.client->Send("GET /x HTTP/1.1\r\nHost: d\r\n\r\n");
  REQUIRE(test.Run([&] { return test.handler.calls.size() == 1; }));
  test.client->Close();
  CHECK(test.Run([&] { return test.Call().gone; }));
}

TEST_CASE("RemoteTransport: says why there is no agent", "[connect]") {
  Remote test;
  std::string expected;
  SECTION("nobody listens") {
    expected = "Connection refused";
    test.Start();
    test.endpoint->url.port = 1;
  }
  SECTION("a certificate of somebody else") {
    test.tls_settings.ca_file = test.directory.Join("client-ca.pem");
    expected = "which is not in --ca";
    test.Start();
  }
  SECTION("our certificate is not good enough") {
    const auto stranger = test.ca.Issue({});
    test.tls_settings.own = {test.directory.Write("s.pem", stranger.CertificatePem()),
                             test.directory.Write("s.key", stranger.KeyPem()), "--cert", "--cert-key"};
    expected = "refused our certificate";
    test.Start();
  }
  SECTION("it speaks no TLS") {
    test.agent.emplace(test.loop, ListenerSettings{}, test.handler);
    expected = "does not speak TLS";
    test.Start();
  }
  test.client->Send("GET /x HTTP/1.1\r\nHost: d\r\n\r\n");
  CHECK(test.Run([&] { return test.client->Received().ends_with(")\n"); }));
  CHECK_THAT(test.client->Received(), Catch::StartsWith("HTTP/1.1 502 ") && Catch::Contains(expected) &&
                                          Catch::Contains("sending request GET /x: "));
  CHECK(test.handler.calls.empty());
}
