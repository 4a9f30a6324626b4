// SPDX-License-Identifier: Apache-2.0
#include <openssl/ssl.h>
#include <catch2/catch.hpp>

#include <fstream>
#include <future>

#include "tests/support/TempDir.hxx"
#include "tests/tunnel/WebSocketFixture.hxx"

using namespace lookout;

namespace {

/** A file that is there as long as the test runs. */
struct ScratchFile {
  explicit ScratchFile(std::string_view text) { std::ofstream(Path()) << text; }
  std::string Path() const { return dir.Join("ca.pem"); }

  TempDir dir;
};

void AcceptAndStay(ScriptPeer &peer) {
  peer.AcceptUpgrade("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  peer.ReadToEnd();
}

/** Dials a TLS server that has the certificate of `wish`, trusting `trusted`, under the name `host`. */
struct TlsCase {
  TlsCase(const CertificateWish &wish, const std::string &host, const TestCa *trusted, bool skip_verify = false)
      : certificate(ca.Issue(wish)),
        server(AcceptAndStay, host == "[::1]" ? "::1" : "127.0.0.1", &certificate),
        roots((trusted != nullptr ? *trusted : ca).Root().CertificatePem()) {
    test.settings.tls.ca_file = roots.Path();
    test.settings.tls.skip_verify = skip_verify;
    test.Dial("https://" + host + ":" + std::to_string(server.Port()));
  }

  TestCa ca{"Test Root"};
  TestCertificate certificate;
  ScriptListener server;
  ScratchFile roots;
  WebSocketFixture test;
};

}  // namespace

TEST_CASE("TlsContext: accepts a certificate of the given CA for the dialled host", "[tunnel]") {
  const std::string host = GENERATE("localhost", "LOCALHOST", "127.0.0.1", "[::1]");
  CAPTURE(host);
  TlsCase tls({{"DNS:localhost", "IP:127.0.0.1", "IP:::1"}}, host, nullptr);
  REQUIRE(tls.test.WaitOpen());
  CHECK(tls.test.handler.opened.front().verified_date == 784111777);
}

TEST_CASE("TlsContext: says what is wrong with a certificate", "[tunnel]") {
  struct Row {
    CertificateWish wish;
    const char *host;
    const char *message;
  };
  const auto row = GENERATE(values<Row>({
      {{{"DNS:other.test", "IP:::1"}}, "localhost", "is not for localhost but for other.test, ::1"},
      {{{"DNS:localhost"}}, "127.0.0.1", "is not for 127.0.0.1 but for localhost"},
      {{{"DNS:localhost", "IP:127.0.0.1"}}, "[::1]", "is not for ::1 but for localhost, 127.0.0.1"},
      {{{}}, "localhost", "names no host (subjectAltName) at all"},
      {{{"DNS:localhost"}, -10, -5}, "localhost", "expired on"},
      {{{"DNS:localhost"}, 5, 10}, "localhost", "is valid only from"},
  }));
  TlsCase tls(row.wish, row.host, nullptr);
  const auto closed = tls.test.WaitClosed();
  CHECK_THAT(closed.message, Catch::Contains(row.message));
  CHECK_THAT(closed.message, Catch::Contains(tls.server.Authority()));
  CHECK(closed.phase == CloseInfo::Phase::Connect);
  CHECK(tls.test.handler.opened.empty());
}

TEST_CASE("TlsContext: refuses an issuer that is not in CA_CERT", "[tunnel]") {
  const TestCa other("Other Root");
  TlsCase tls({{"DNS:localhost"}}, "localhost", &other);
  const auto closed = tls.test.WaitClosed();
  CHECK_THAT(closed.message, Catch::Contains("issued by \"CN=Test Root\", which is not in CA_CERT"));
}

TEST_CASE("TlsContext: without CA_CERT the system's roots count", "[tunnel]") {
  const TestCa ca("Test Root");
  const auto certificate = ca.Issue({{"DNS:localhost"}});
  ScriptListener server(AcceptAndStay, "127.0.0.1", &certificate);
  WebSocketFixture test;
  test.Dial("https://localhost:" + std::to_string(server.Port()));
  CHECK_THAT(test.WaitClosed().message, Catch::Contains("which this system does not trust; set CA_CERT"));
}

TEST_CASE("TlsContext: with skip_verify every certificate will do, and no date is believed", "[tunnel]") {
  const TestCa other("Other Root");
  TlsCase tls({{"DNS:other.test"}, -10, -5}, "localhost", &other, true);
  REQUIRE(tls.test.WaitOpen());
  CHECK_FALSE(tls.test.handler.opened.front().verified_date);
}

TEST_CASE("TlsContext: sends the host name, and no address, in SNI", "[tunnel]") {
  const std::string host = GENERATE("localhost", "127.0.0.1", "[::1]");
  const TestCa ca("Test Root");
  const auto certificate = ca.Issue({{"DNS:localhost"}});
  std::promise<std::string> name;
  ScriptListener server(
      [&](ScriptPeer &peer) {
        name.set_value(peer.SniName());
        AcceptAndStay(peer);
      },
      host == "[::1]" ? "::1" : "127.0.0.1", &certificate);
  WebSocketFixture test;
  test.settings.tls.skip_verify = true;
  test.Dial("https://" + host + ":" + std::to_string(server.Port()));
  REQUIRE(test.WaitOpen());
  CHECK(name.get_future().get() == (host == "localhost" ? host : ""));
}

TEST_CASE("TlsContext: a CA file that cannot be used is an error at set-up", "[tunnel]") {
  CHECK_THROWS_WITH(TlsContext({"/nowhere/ca.pem", false}, "hub"),
                    Catch::Contains("/nowhere/ca.pem") && Catch::Contains("No such file"));
  const ScratchFile empty("no certificate in here\n");
  CHECK_THROWS_WITH(TlsContext({empty.Path(), false}, "hub"), Catch::Contains("no PEM certificate"));
}

TEST_CASE("TlsContext: offers TLS 1.2 and later with authenticated ciphers only", "[tunnel]") {
  const TlsContext tls({}, "hub");
  CHECK(SSL_CTX_get_min_proto_version(tls.Get()) == TLS1_2_VERSION);
  const auto *const ciphers = SSL_CTX_get_ciphers(tls.Get());
  REQUIRE(sk_SSL_CIPHER_num(ciphers) > 0);
  for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) {
    const auto *const cipher = sk_SSL_CIPHER_value(ciphers, i);
    CAPTURE(SSL_CIPHER_get_name(cipher));
    CHECK(SSL_CIPHER_is_aead(cipher) == 1);
  }
}

TEST_CASE("TlsContext: tells a port without TLS", "[tunnel]") {
  ScriptListener server([](ScriptPeer &peer) {
    peer.Read(5);
    peer.Write("HTTP/1.1 400 Bad Request\r\n\r\n");
    peer.ReadToEnd();
  });
  WebSocketFixture test;
  test.Dial("https://" + server.Authority());
  CHECK_THAT(test.WaitClosed().message, Catch::Contains("does not speak TLS on this port"));
}

TEST_CASE("TlsContext: passes on why the peer ends the handshake", "[tunnel]") {
  ScriptListener server([](ScriptPeer &peer) {
    peer.Read(5);
    // A fatal alert, handshake_failure (RFC 8446 section 6).
    peer.Write(std::string("\x15\x03\x03\x00\x02\x02\x28", 7));
    peer.ReadToEnd();
  });
  WebSocketFixture test;
  test.Dial("https://" + server.Authority());
  CHECK_THAT(test.WaitClosed().message, Catch::Contains("the peer ended the handshake: handshake failure"));
}

TEST_CASE("TlsContext: tells a connection that is cut in the handshake", "[tunnel]") {
  ScriptListener server([](ScriptPeer &peer) { peer.Read(5); });
  WebSocketFixture test;
  test.Dial("https://" + server.Authority());
  CHECK_THAT(test.WaitClosed().message, Catch::Contains("TLS with " + server.Authority() + ": "));
}
