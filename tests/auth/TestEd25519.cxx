// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "auth/Ed25519PrivateKey.hxx"
#include "auth/Ed25519PublicKey.hxx"
#include "tests/auth/Vectors.hxx"

using namespace lookout;

TEST_CASE("Ed25519: public key and key id follow from the seed", "[auth]") {
  const auto ours = KeyOf(kSeed).PublicKey();
  CHECK(ToHex(ours.Bytes()) == "e2e479063d9cdd3c7c56458aee136a1d8678380d82a48cdafdb3bc9226e1078c");
  CHECK(ours.ToBase64() == "4uR5Bj2c3Tx8VkWK7hNqHYZ4OA2CpIza/bO8kibhB4w=");
  CHECK(ours.Id() == "453eb1222a9a1412");
  const auto rfc = KeyOf(kRfcSeed).PublicKey();
  CHECK(ToHex(rfc.Bytes()) == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  CHECK(rfc.ToBase64() == "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
  CHECK(rfc.Id() == "21fe31dfa154a261");
}

TEST_CASE("Ed25519: the test vectors of RFC 8032 hold in both directions", "[auth]") {
  const auto [seed, public_key, message, signature] =
      GENERATE(table<std::string, std::string, std::string, std::string>({
          {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
           "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
           "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595"
           "bbe246"
           "55141438e7a100b"},
          {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
           "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
           "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb43"
           "02aee"
           "b00d291612bb0c00"},
          {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
           "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
           "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716"
           "ed28d"
           "c027beceea1ec40a"},
      }));
  const auto key = KeyOf(FromHex(seed));
  CHECK(ToHex(key.PublicKey().Bytes()) == public_key);
  CHECK(ToHex(key.Sign(FromHex(message))) == signature);
  CHECK(key.PublicKey().Verify(FromHex(message), FromHex(signature)));
  CHECK_FALSE(key.PublicKey().Verify(FromHex(message) + "x", FromHex(signature)));
}

TEST_CASE("Ed25519: every flipped byte of a signature makes it wrong", "[auth]") {
  const auto key = KeyOf(kSeed);
  const auto signature = key.Sign("message");
  for (size_t i = 0; i < signature.size(); ++i) {
    auto wrong = signature;
    wrong[i] = static_cast<char>(wrong[i] ^ 1);
    CHECK_FALSE(key.PublicKey().Verify("message", wrong));
  }
  CHECK_FALSE(key.PublicKey().Verify("message", signature.substr(0, 63)));
  CHECK_FALSE(key.PublicKey().Verify("message", signature + "x"));
  CHECK_FALSE(key.PublicKey().Verify("message", ""));
  CHECK_FALSE(KeyOf(kRfcSeed).PublicKey().Verify("message", signature));
}

TEST_CASE("Ed25519: public keys of small order verify nothing", "[auth]") {
  const auto identity = Ed25519PublicKey::FromBytes(FromHex("01" + std::string(62, '0')));
  REQUIRE(identity);
  // R = identity, S = 0 satisfies the bare equation for this key and any message.
  CHECK_FALSE(identity->Verify("anything", FromHex("01" + std::string(126, '0'))));
}

TEST_CASE("Ed25519PublicKey: base64 is read strictly", "[auth]") {
  CHECK(Ed25519PublicKey::FromBase64("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="));
  const auto wrong =
      GENERATE(as<std::string>(), "", "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo",
               "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo==", " 11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
               "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
               "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURp=", "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcH",
               "AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea");
  CAPTURE(wrong);
  CHECK_FALSE(Ed25519PublicKey::FromBase64(wrong));
}

TEST_CASE("Ed25519PrivateKey: generated keys differ, and the seed's size is checked", "[auth]") {
  CHECK(Ed25519PrivateKey::Generate().PublicKey().Id() != Ed25519PrivateKey::Generate().PublicKey().Id());
  CHECK_THROWS_WITH(KeyOf("short"), "an Ed25519 seed has 32 bytes");
}

TEST_CASE("Ed25519: neither keys nor signatures have a second form, and no key of small order counts", "[auth]") {
  // All points of small order, and the encodings of such that are not the one of RFC 8032.
  const std::vector<std::string> points = {
      "0000000000000000000000000000000000000000000000000000000000000000",
      "0000000000000000000000000000000000000000000000000000000000000080",
      "0100000000000000000000000000000000000000000000000000000000000000",
      "0100000000000000000000000000000000000000000000000000000000000080",
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  };
  const std::string zero(64, '0');
  for (const auto &point : points) {
    const auto key = Ed25519PublicKey::FromBytes(FromHex(point));
    if (!key) continue;
    // With S = 0, one message in eight fits one of these R, wherever the check is of the bare equation.
    for (const auto &r : points) {
      for (int n = 0; n < 16; ++n) CHECK_FALSE(key->Verify(std::to_string(n), FromHex(r + zero)));
    }
  }
}

TEST_CASE("Ed25519: a signature whose number is not reduced is refused", "[auth]") {
  const auto key = KeyOf(kSeed);
  const auto order = FromHex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  auto signature = key.Sign("message");
  REQUIRE(key.PublicKey().Verify("message", signature));
  unsigned carry = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    carry += static_cast<uint8_t>(signature[32 + i]) + static_cast<unsigned>(static_cast<uint8_t>(order[i]));
    signature[32 + i] = static_cast<char>(carry);
    carry >>= 8;
  }
  CHECK_FALSE(key.PublicKey().Verify("message", signature));
}
