// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "auth/Ed25519PrivateKey.hxx"
#include "tests/auth/Vectors.hxx"
#include "tests/support/TempDir.hxx"

using namespace lookout;
using Catch::Contains;

namespace {

constexpr std::string_view kSeedId = "453eb1222a9a1412";

const std::string kEcPem = Pem("PRIVATE KEY",
                               "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgIhHIw60NVW18+uvh\n"
                               "z860MUgsFkQD9wfPcnaSRc0D66uhRANCAAR7QKnhNrsXd7z8gVHvaw+Ww2YyG/KS\n"
                               "tDcnx6OKghX3Udkw31GsR6C5rTA5dALuP4a0Eg66rGso2c/xUUVmvbW/");
const std::string kX25519Pem = Pem("PRIVATE KEY", "MC4CAQAwBQYDK2VuBCIEIJDQtdXN9U9n81+XL//XvJpe+4cRxy9CTKJw5vKenKZ7");
const std::string kEncryptedPem = Pem("ENCRYPTED PRIVATE KEY",
                                      "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgVs4kj6XPzCwICCAAw\n"
                                      "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEH3QX47ODm6ZG4sYzVg/2X8EQO7+\n"
                                      "swEWbsBFQvgO7AIfG+jwBZWQMBjIOwKmFDFHCGau9S1CdBEZw3FSRSZnEk8PF6Wl\n"
                                      "HtHG3QBOfjhEE5u0eus=");

}  // namespace

TEST_CASE("ParsePrivateKey: reads what ToPem writes, and the known vectors", "[auth]") {
  CHECK(ParsePrivateKey(kSeedPem).value().PublicKey().Id() == kSeedId);
  CHECK(KeyOf(kSeed).ToPem().Reveal() == kSeedPem);
  const auto rfc = Pem("PRIVATE KEY", "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g");
  CHECK(ParsePrivateKey(rfc).value().PublicKey() == KeyOf(kRfcSeed).PublicKey());
  CHECK(KeyOf(kRfcSeed).ToPem().Reveal() == rfc);
}

TEST_CASE("ParsePrivateKey: takes the first block, whatever stands around it", "[auth]") {
  const auto text =
      GENERATE(as<std::string>(), "a note\n\n" + kSeedPem,
               kSeedPem + "ed25519 4uR5Bj2c3Tx8VkWK7hNqHYZ4OA2CpIza/bO8kibhB4w= edge-1\n", kSeedPem + kEcPem,
               kSeedPem + Pem("CERTIFICATE", "AAAA"),
               "-----BEGIN PRIVATE KEY-----\r\nMC4CAQAwBQYDK2VwBCIEIHBvcnR3aW5nLWF1dGgtZnV6ei1zZWVkLTAwMDAwMDAx"
               "\r\n-----END PRIVATE KEY-----\r\n");
  CHECK(ParsePrivateKey(text).value().PublicKey().Id() == kSeedId);
}

TEST_CASE("ParsePrivateKey: tolerates the public key of PKCS#8 version 2", "[auth]") {
  const auto pem = Pem("PRIVATE KEY",
                       "MFECAQEwBQYDK2VwBCIEIHBvcnR3aW5nLWF1dGgtZnV6ei1zZWVkLTAwMDAwMDAx\n"
                       "gSEA4uR5Bj2c3Tx8VkWK7hNqHYZ4OA2CpIza/bO8kibhB4w=");
  CHECK(ParsePrivateKey(pem).value().PublicKey().Id() == kSeedId);
}

TEST_CASE("ParsePrivateKey: says what is wrong with anything else", "[auth]") {
  const auto [text, reason] = GENERATE(table<std::string, std::string>({
      {"", "no PEM block"},
      {"just text\n", "no PEM block"},
      {Pem("CERTIFICATE", "AAAA"), "\"CERTIFICATE\", not \"PRIVATE KEY\""},
      {Pem("CERTIFICATE", "AAAA") + kSeedPem, "\"CERTIFICATE\""},
      {Pem("EC PRIVATE KEY", "AAAA"), "\"EC PRIVATE KEY\""},
      {Pem("OPENSSH PRIVATE KEY", "AAAA"), "\"OPENSSH PRIVATE KEY\""},
      {Pem("PUBLIC KEY", "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="), "\"PUBLIC KEY\""},
      {kEncryptedPem, "is encrypted"},
      {Pem("PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA"), "is encrypted"},
      {kEcPem, "is id-ecPublicKey, not Ed25519"},
      {kX25519Pem, "is X25519, not Ed25519"},
      {Pem("PRIVATE KEY", "AAAAAAAA"), "not a PKCS#8 private key"},
      {Pem("PRIVATE KEY", "MIAAAA=="), "not a PKCS#8 private key"},
      {Pem("PRIVATE KEY", "MC4CAQAwBQYDK2VwBCIEIHBvcnR3aW5nLWF1dGgtZnV6ei1zZWVkLTAwMDAwMDAxAA=="),
       "not a PKCS#8 private key"},
      {Pem("PRIVATE KEY", "!!!!"), "damaged"},
      {"-----BEGIN PRIVATE KEY-----\nMC4CAQAw", "damaged"},
  }));
  CAPTURE(text);
  const auto key = ParsePrivateKey(text);
  REQUIRE_FALSE(key);
  CHECK_THAT(key.error().message, Contains(reason));
}

TEST_CASE("ParsePrivateKey: a key that is cut short is refused", "[auth]") {
  const std::string body = "MC4CAQAwBQYDK2VwBCIEIHBvcnR3aW5nLWF1dGgtZnV6ei1zZWVkLTAwMDAwMDAx";
  for (size_t size = 0; size < body.size(); size += 4) {
    CHECK_FALSE(ParsePrivateKey(Pem("PRIVATE KEY", body.substr(0, size))));
  }
}

TEST_CASE("LoadPrivateKey: errors name the file", "[auth]") {
  const TempDir directory;
  CHECK(LoadPrivateKey(directory.Write("good.pem", kSeedPem)).value().PublicKey().Id() == kSeedId);
  const auto bad = directory.Write("bad.pem", "nothing");
  CHECK_THAT(LoadPrivateKey(bad).error().message, Contains(bad) && Contains("no PEM block"));
  const auto missing = directory.Join("missing.pem");
  CHECK_THAT(LoadPrivateKey(missing).error().message, Contains(missing) && Contains("No such file"));
}
