// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "auth/Encoding.hxx"
#include "auth/Nonce.hxx"
#include "auth/SignedText.hxx"
#include "tests/auth/Vectors.hxx"

using namespace lookout;

TEST_CASE("SignedText: five parts joined by line feeds", "[auth]") {
  CHECK(MakeSignedText("GET", "/api/test", "", kUnixSeconds, kNonce) ==
        "GET\n/api/test\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n1749600000\n"
        "a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6");
}

TEST_CASE("SignedText: hello texts have the known length and hash", "[auth]") {
  const auto portwing = MakeSignedText("GET", kPortwingDialect.socket_path, "", kUnixSeconds, kNonce);
  CHECK(portwing.size() == 129);
  CHECK(Sha256Hex(portwing) == "d964fefb1aabd0a405deed734ea12947907087b1cb03b993e251d18aeb745622");
  const auto lookout = MakeSignedText("GET", kLookoutDialect.socket_path, "", kUnixSeconds, kNonce);
  CHECK(lookout.size() == 128);
  CHECK(Sha256Hex(lookout) == "53679df06aeec94d8413da09a927b7b91d4223e9d7ec4bb2ed47a99a516a742a");
}

TEST_CASE("SignedText: hello signatures have the known bytes", "[auth]") {
  const auto [seed, path, signature] = GENERATE(table<std::string, std::string, std::string>({
      {std::string(kSeed), "/api/portwing/ws",
       "xtJhpkpMhfx7p3RhLYFjB_l46EsiGyiRDQga4bXzPucz_AtUOMqwHUPUuWdiHC-ABEO2_4r4ZeJ6pM1tY929CA"},
      {std::string(kSeed), "/api/lookout/ws",
       "o-kRSEmKdlz30yPwB9zZUGfbGZaSBpVnJB8O6Wh9KkpHPmsSeVJX0L7B0nYP5wQQOxr-NIO7qyaKwHf7NrKhAg"},
      {std::string(kRfcSeed), "/api/portwing/ws",
       "qnXxRip-r7OSxO8vrE31joatYsHldoZN1IH0bix-6Q84464WARjyWt66Ww3G6U0pPrs0xwSxQyutIQZ7198iDg"},
      {std::string(kRfcSeed), "/api/lookout/ws",
       "Nbt6UxsAL1X4gh4eB7VtdkUZgUdf01gtXjh-3Gki7-2h3kovh-5VwAsEQ9jYfdUXOewot2aDOcrCHad3F35WBQ"},
  }));
  const auto key = KeyOf(seed);
  const auto text = MakeSignedText("GET", path, "", kUnixSeconds, kNonce);
  CHECK(SignText(key, text) == signature);
  CHECK(VerifyText(key.PublicKey(), text, signature));
}

TEST_CASE("SignedText: a body and a raw query are covered", "[auth]") {
  CHECK(Sha256Hex(R"({"test":true})") == "6fd977db9b2afe87a9ceee48432881299a6aaf83d935fbbe83007660287f9c2e");
  CHECK(Sha256Hex("s3cr3t") == "4e738ca5563c06cfd0018299933d58db1dd8bf97f6973dc99bf6cdc64b5550bd");
  const auto text = MakeSignedText("GET", "/v1.44/containers/a%2Fb/logs?tail=10&stdout=1", R"({"follow":true})",
                                   kUnixSeconds, "00112233445566778899aabbccddeeff");
  CHECK(text.find("38073e302654475f2ef552f5f024a1ab698fe8c34226cc2c438f24e03a02975b") != std::string::npos);
  CHECK(SignText(KeyOf(kSeed), text) ==
        "lLdbyO4Q-0ZyerD0hd6gyBT_66rlNhNlPsWtfBgHfz0TMum-LVrHwE_9L8Zk_aYRixj9WLsONgqIL22t57YFCw");
}

TEST_CASE("SignedText: a signature of another form is refused", "[auth]") {
  const auto key = KeyOf(kSeed);
  const auto good = SignText(key, "text");
  REQUIRE(VerifyText(key.PublicKey(), "text", good));
  CHECK_FALSE(VerifyText(key.PublicKey(), "text", good + "=="));
  CHECK_FALSE(VerifyText(key.PublicKey(), "text", good + "\n"));
  CHECK_FALSE(VerifyText(key.PublicKey(), "text", good.substr(0, 84)));
  CHECK_FALSE(VerifyText(key.PublicKey(), "text", EncodeKey(key.Sign("text"), KeyEncoding::Standard)));
  CHECK_FALSE(VerifyText(key.PublicKey(), "text", ""));
}

TEST_CASE("SignHello: makes what VerifyHello accepts, with a fresh nonce each time", "[auth]") {
  const auto key = KeyOf(kSeed);
  const auto hello = SignHello(key, kPortwingDialect, kUnixSeconds);
  CHECK(hello.key_id == "453eb1222a9a1412");
  CHECK(hello.unix_seconds == kUnixSeconds);
  CHECK(hello.signature.size() == 86);
  CHECK(IsNonce(hello.nonce));
  CHECK(SignHello(key, kPortwingDialect, kUnixSeconds).nonce != hello.nonce);
  CHECK(VerifyHello(key.PublicKey(), kPortwingDialect, hello));

  CHECK_FALSE(VerifyHello(key.PublicKey(), kLookoutDialect, hello));
  CHECK_FALSE(VerifyHello(KeyOf(kRfcSeed).PublicKey(), kPortwingDialect, hello));
  auto changed = hello;
  changed.unix_seconds += 1;
  CHECK_FALSE(VerifyHello(key.PublicKey(), kPortwingDialect, changed));
  changed = hello;
  changed.nonce = MakeNonce();
  CHECK_FALSE(VerifyHello(key.PublicKey(), kPortwingDialect, changed));
}

TEST_CASE("Nonce: 32 lower-case hexadecimal digits", "[auth]") {
  CHECK(IsNonce(MakeNonce()));
  CHECK(IsNonce(kNonce));
  const auto wrong = GENERATE(as<std::string>(), "", "short", std::string(32, 'g'), std::string(31, '0'),
                              std::string(33, '0'), "A1B2C3D4E5F6A7B8C9D0E1F2A3B4C5D6");
  CHECK_FALSE(IsNonce(wrong));
}
