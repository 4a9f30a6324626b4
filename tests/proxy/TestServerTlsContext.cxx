// SPDX-License-Identifier: Apache-2.0
#include "proxy/ServerTlsContext.hxx"

#include <catch2/catch.hpp>
#include <filesystem>
#include <optional>

#include "tests/proxy/ListenerFixture.hxx"
#include "tests/support/FakeClock.hxx"
#include "tests/support/RunProgram.hxx"
#include "tests/support/TempDir.hxx"
#include "tests/support/TestPki.hxx"

using namespace lookout;

namespace {

/** The files of a listener that speaks TLS, and its context. */
struct TlsFiles {
  explicit TlsFiles(bool is_rsa = false)
      : server(ca.Issue({{"DNS:localhost", "IP:127.0.0.1"}, -1, 30, "srv", is_rsa})) {
    settings.certificate_file = directory.Write("cert.pem", server.CertificatePem());
    settings.key_file = directory.Write("key.pem", server.KeyPem());
    directory.Write("ca.pem", ca.Root().CertificatePem());
    directory.Write("client-ca.pem", client_ca.Root().CertificatePem());
  }
  /** Writes NAME.pem and NAME.key. */
  void WriteClient(const std::string &name, const TestCa &issuer, CertificateWish wish) const {
    wish.subject = name;
    const auto made = issuer.Issue(wish);
    directory.Write(name + ".pem", made.CertificatePem());
    directory.Write(name + ".key", made.KeyPem());
  }

  TempDir directory;
  TestCa ca{"server CA"};
  TestCa client_ca{"client CA"};
  TestCertificate server;
  ServerTlsSettings settings;
};

/** A listener with TLS, and what answers there. */
struct TlsListener : TlsFiles {
  explicit TlsListener(bool with_clients = false, bool is_rsa = false) : TlsFiles(is_rsa) {
    if (with_clients) settings.client_ca_file = directory.Join("client-ca.pem");
    context.emplace(settings);
    ListenerSettings listen;
    listen.tls = &*context;
    fixture.emplace(listen);
    fixture->handler.on_body = [](auto &call) { call.Answer(200, "hi"); };
  }
  std::string Port() const { return std::to_string(fixture->listener->Port()); }
  std::string Curl(const std::string &options = "") {
    return RunProgram(fixture->loop, "curl -sS --cacert " + directory.Join("ca.pem") + " " + options +
                                         " https://127.0.0.1:" + Port() + "/ 2>&1");
  }
  std::string SClient(const std::string &options) {
    return RunProgram(fixture->loop, "openssl s_client -connect 127.0.0.1:" + Port() + " -CAfile " +
                                         directory.Join("ca.pem") + " " + options + " </dev/null 2>&1");
  }
  std::string ClientOptions(const std::string &name) const {
    return "--cert " + directory.Join(name + ".pem") + " --key " + directory.Join(name + ".key");
  }

  std::optional<ServerTlsContext> context;
  std::optional<ListenerFixture> fixture;
};

std::string ErrorOf(const ServerTlsSettings &settings) {
  try {
    const ServerTlsContext context(settings);
    return "";
  } catch (const std::runtime_error &error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("ServerTlsContext: serves curl, and tells the handler", "[tls]") {
  TlsListener test;
  CHECK(test.Curl() == "hiexit 0\n");
  const auto &origin = test.fixture->Call().request.origin;
  CHECK(origin.is_encrypted);
  CHECK(origin.peer_address == "127.0.0.1");
  CHECK(origin.certificate_subject.empty());
}

TEST_CASE("ServerTlsContext: TLS 1.2 with six suites, or TLS 1.3; nothing older or weaker", "[tls]") {
  const auto [is_rsa, options, accepted] = GENERATE(table<bool, std::string, bool>({
      {false, "-tls1_3", true},
      {false, "-tls1_2 -cipher ECDHE-ECDSA-AES256-GCM-SHA384", true},
      {false, "-tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256", true},
      {false, "-tls1_2 -cipher ECDHE-ECDSA-CHACHA20-POLY1305", true},
      {true, "-tls1_2 -cipher ECDHE-RSA-AES256-GCM-SHA384", true},
      {true, "-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256", true},
      {true, "-tls1_2 -cipher ECDHE-RSA-CHACHA20-POLY1305", true},
      {false, "-tls1_2 -cipher ECDHE-ECDSA-AES128-SHA256", false},
      {true, "-tls1_2 -cipher AES128-GCM-SHA256", false},
      {true, "-tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256", false},
      {false, "-tls1_1 -cipher ALL:@SECLEVEL=0", false},
      {false, "-tls1 -cipher ALL:@SECLEVEL=0", false},
      {false, "-groups X25519", true},
      {false, "-groups P-256", true},
      {false, "-groups P-384", false},
      {false, "-groups X448", false},
  }));
  CAPTURE(is_rsa, options);
  TlsListener test(false, is_rsa);
  const auto said = test.SClient(options);
  CAPTURE(said);
  CHECK(Catch::Contains("Cipher is (NONE)").match(said) != accepted);
  CHECK(Catch::Contains("CN = srv").match(said) == accepted);
}

TEST_CASE("ServerTlsContext: HTTP/1.1 is all that ALPN can agree on", "[tls]") {
  TlsListener test;
  CHECK_THAT(test.SClient("-alpn h2,http/1.1"), Catch::Contains("ALPN protocol: http/1.1"));
  CHECK_THAT(test.SClient(""), Catch::Contains("No ALPN negotiated"));
  CHECK_THAT(test.SClient("-alpn h2"), Catch::Contains("no application protocol"));
}

TEST_CASE("ServerTlsContext: nobody can renegotiate, and nothing is compressed", "[tls]") {
  TlsListener test;
  const auto said = test.SClient("-tls1_2");
  CHECK_THAT(said, Catch::Contains("Compression: NONE"));
  const auto renegotiated = RunProgram(
      test.fixture->loop, "(echo R; sleep 0.3) | openssl s_client -tls1_2 -connect 127.0.0.1:" + test.Port() + " 2>&1");
  CHECK_THAT(renegotiated, Catch::Contains("no renegotiation") || Catch::Contains("wrong version") ||
                               Catch::Contains("unexpected eof"));
}

TEST_CASE("ServerTlsContext: client certificates are looked at where there is a CA for them", "[tls]") {
  TlsListener test(true);
  test.WriteClient("deploy", test.client_ca, {});
  test.WriteClient("stranger", test.ca, {});
  test.WriteClient("late", test.client_ca, {{}, -30, -1});
  SECTION("none is given") {
    CHECK(test.Curl() == "hiexit 0\n");
    CHECK(test.fixture->Call().request.origin.certificate_subject.empty());
  }
  SECTION("a good one names its owner") {
    CHECK(test.Curl(test.ClientOptions("deploy")) == "hiexit 0\n");
    CHECK(test.fixture->Call().request.origin.certificate_subject == "CN=deploy");
    CHECK(test.Curl("--tls-max 1.2 " + test.ClientOptions("deploy")) == "hiexit 0\n");
    CHECK(test.fixture->Call(1).request.origin.certificate_subject == "CN=deploy");
  }
  SECTION("a good one without a subject has a name all the same") {
    const auto made = test.client_ca.Issue({{"URI:spiffe://example/deploy"}, -1, 30, ""});
    test.directory.Write("nameless.pem", made.CertificatePem());
    test.directory.Write("nameless.key", made.KeyPem());
    CHECK(test.Curl(test.ClientOptions("nameless")) == "hiexit 0\n");
    CHECK_THAT(test.fixture->Call().request.origin.certificate_subject, Catch::Matches("serial=[0-9A-F]+"));
  }
  SECTION("one of another CA, or an expired one, ends the connection") {
    const auto name = GENERATE("stranger", "late");
    CHECK_THAT(test.Curl(test.ClientOptions(name)), !Catch::Contains("hi"));
    CHECK(test.fixture->handler.calls.empty());
  }
}

TEST_CASE("ServerTlsContext: without a CA for clients their certificates mean nothing", "[tls]") {
  TlsListener test;
  test.WriteClient("deploy", test.client_ca, {});
  CHECK(test.Curl(test.ClientOptions("deploy")) == "hiexit 0\n");
  CHECK(test.fixture->Call().request.origin.certificate_subject.empty());
}

TEST_CASE("ServerTlsContext: says what is wrong with its files", "[tls]") {
  const TlsFiles files;
  auto settings = files.settings;
  CHECK(ErrorOf(settings).empty());
  SECTION("no certificate file") {
    settings.certificate_file = "/nonexistent";
    CHECK_THAT(ErrorOf(settings), Catch::StartsWith("TLS_CERT: ") && Catch::Contains("/nonexistent"));
  }
  SECTION("no certificate in it") {
    settings.certificate_file = files.directory.Write("empty", "hello");
    CHECK_THAT(ErrorOf(settings), Catch::StartsWith("TLS_CERT: ") && Catch::Contains("holds no PEM certificate"));
  }
  SECTION("a broken one behind a good one") {
    const auto broken =
        files.server.CertificatePem() + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    settings.certificate_file = files.directory.Write("broken", broken);
    CHECK_THAT(ErrorOf(settings), Catch::StartsWith("TLS_CERT: ") && Catch::Contains("behind the first"));
  }
  SECTION("a key that others can read") {
    std::filesystem::permissions(settings.key_file, std::filesystem::perms(0644));
    CHECK_THAT(ErrorOf(settings), Catch::StartsWith("TLS_KEY: ") && Catch::Contains("chmod 0640"));
  }
  SECTION("a key of another certificate") {
    settings.key_file = files.directory.Write("other.key", files.ca.Issue({}).KeyPem());
    CHECK_THAT(ErrorOf(settings), Catch::StartsWith("TLS_KEY: ") && Catch::Contains("does not belong"));
  }
  SECTION("an encrypted key") {
    SystemClock clock;
    EventLoop loop(clock);
    const auto file = files.directory.Join("locked.key");
    RunProgram(
        loop,
        "umask 077; openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes128 -pass pass:x -out " + file);
    settings.key_file = file;
    CHECK_THAT(ErrorOf(settings), Catch::StartsWith("TLS_KEY: ") && Catch::Contains("is encrypted"));
  }
  SECTION("no CA in the file for clients") {
    settings.client_ca_file = settings.key_file;
    CHECK_THAT(ErrorOf(settings), Catch::StartsWith("TLS_CLIENT_CA: "));
  }
}

TEST_CASE("ServerTlsContext: reloads what is good, and keeps what it has when it is not", "[tls]") {
  TlsListener test;
  const auto subject = [&] { return test.SClient(""); };
  CHECK_THAT(subject(), Catch::Contains("CN = srv"));
  test.directory.Write("key.pem", "not a key");
  const auto refused = test.context->Reload();
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().message, Catch::StartsWith("TLS_KEY: ") && Catch::Contains("holds no PEM private key"));
  CHECK_THAT(subject(), Catch::Contains("CN = srv"));

  const auto next = test.ca.Issue({{"IP:127.0.0.1"}, -1, 30, "next"});
  test.directory.Write("cert.pem", next.CertificatePem());
  test.directory.Write("key.pem", next.KeyPem());
  CHECK(test.context->Reload());
  CHECK_THAT(subject(), Catch::Contains("CN = next"));
}

TEST_CASE("ServerTlsContext: sends the whole chain", "[tls]") {
  TlsFiles files;
  const auto chain = files.server.CertificatePem() + files.ca.Root().CertificatePem();
  files.directory.Write("cert.pem", chain);
  const ServerTlsContext context(files.settings);
  ListenerSettings listen;
  listen.tls = &context;
  ListenerFixture fixture(listen);
  const auto said = RunProgram(fixture.loop, "openssl s_client -showcerts -connect 127.0.0.1:" +
                                                 std::to_string(fixture.listener->Port()) + " </dev/null 2>&1");
  CHECK_THAT(said, Catch::Contains("\n 1 s:CN = server CA"));
}

TEST_CASE("ServerTlsContext: a handshake has the time of a head", "[tls]") {
  const TlsFiles files;
  const ServerTlsContext context(files.settings);
  ListenerSettings listen;
  listen.tls = &context;
  BasicListenerFixture<FakeClock> fixture(listen);
  const auto silent = fixture.Connect();
  const auto slow = fixture.Connect();
  REQUIRE(fixture.Run([&] { return fixture.listener->Connections() == 2; }));
  fixture.clock.Advance(std::chrono::milliseconds(9'900));
  slow->Send("\x16\x03");
  fixture.Pass();
  CHECK(fixture.listener->Connections() == 2);
  fixture.clock.Advance(std::chrono::milliseconds(200));
  CHECK(fixture.Run([&] { return silent->IsEof() && slow->IsEof(); }));
  CHECK(fixture.listener->Connections() == 0);
}

TEST_CASE("ServerTlsContext: those who only shake hands take places from each other, and from nobody else", "[tls]") {
  TlsListener test;
  ListenerSettings listen;
  listen.tls = &*test.context;
  listen.max_handshakes = 4;
  listen.max_connections = 100;
  test.fixture.emplace(listen);
  auto &fixture = *test.fixture;
  fixture.handler.on_body = [](auto &call) { call.Answer(200, "hi"); };
  std::vector<std::unique_ptr<WireClient>> flood;
  for (int i = 0; i < 20; ++i) {
    flood.push_back(fixture.Connect());
    if (i % 2 == 0) flood.back()->Send("\x16\x03");
    fixture.Pass(std::chrono::milliseconds(1));
  }
  CHECK(fixture.Run([&] { return flood[15]->IsEof(); }));
  CHECK(fixture.listener->Connections() == 4);
  CHECK_FALSE(flood[16]->IsEof());
  CHECK_THAT(test.Curl(), Catch::StartsWith("hi"));
}
