// SPDX-License-Identifier: Apache-2.0
#include "agent/VerifyRelease.hxx"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "auth/Ed25519PrivateKey.hxx"
#include "auth/Encoding.hxx"
#include "tests/support/TempDir.hxx"

using namespace lookout;
using Catch::Contains;

namespace {

void Shell(const std::string &command) {
  REQUIRE(std::system(command.c_str()) == 0);
}

/** A release as packaging/sign_release.sh makes it, by openssl and sha256sum. */
struct Fixture {
  Fixture() {
    directory.Write("lookout.deb", "the package");
    directory.Write("lookout.rpm", "the other package");
    Shell("cd " + directory.Path().string() +
          " && openssl genpkey -algorithm ed25519 -out private.pem && openssl pkey -in private.pem -pubout -out key.pem"
          " && sha256sum lookout.deb lookout.rpm > SHA256SUMS");
    Sign();
  }

  void Sign() const {
    Shell("cd " + directory.Path().string() +
          " && openssl pkeyutl -sign -inkey private.pem -rawin -in SHA256SUMS -out SHA256SUMS.sig");
  }
  int Verify(std::vector<std::string> files = {}) const {
    for (auto &file : files) file = directory.Join(file);
    return RunVerifyRelease({directory.Join("key.pem"), directory.Join("SHA256SUMS"), std::move(files)});
  }

  TempDir directory;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "VerifyRelease: accepts what openssl has signed", "[release]") {
  CHECK(Verify() == EXIT_SUCCESS);
  CHECK(Verify({"lookout.rpm"}) == EXIT_SUCCESS);
}

TEST_CASE_METHOD(Fixture, "VerifyRelease: a changed or unknown file is found", "[release]") {
  directory.Write("lookout.rpm", "another package");
  CHECK(Verify() == EXIT_FAILURE);
  CHECK(Verify({"lookout.deb"}) == EXIT_SUCCESS);
  directory.Write("lookout.apk", "not released");
  CHECK(Verify({"lookout.deb", "lookout.apk"}) == EXIT_FAILURE);
}

TEST_CASE_METHOD(Fixture, "VerifyRelease: a changed list or a foreign key is refused", "[release]") {
  SECTION("list") {
    directory.Write("SHA256SUMS", ReadFile(directory.Join("SHA256SUMS")) + "\n");
    CHECK_THROWS_WITH(Verify(), Contains("was not signed by that key"));
  }
  SECTION("signature") {
    directory.Write("SHA256SUMS.sig", "short");
    CHECK_THROWS_WITH(Verify(), Contains("was not signed by that key"));
  }
  SECTION("key") {
    Shell("cd " + directory.Path().string() +
          " && openssl genpkey -algorithm ed25519 | openssl pkey -pubout -out key.pem");
    CHECK_THROWS_WITH(Verify(), Contains("was not signed by that key"));
  }
  SECTION("no signature") {
    Shell("rm " + directory.Join("SHA256SUMS.sig"));
    CHECK_THROWS_WITH(Verify(), Contains("cannot read") && Contains("SHA256SUMS.sig"));
  }
  SECTION("other kind of key") {
    Shell("cd " + directory.Path().string() +
          " && openssl genpkey -algorithm x25519 | openssl pkey -pubout -out key.pem");
    CHECK_THROWS_WITH(Verify(), Contains("not the PEM file of an Ed25519 public key"));
  }
}

TEST_CASE_METHOD(Fixture, "VerifyRelease: nothing checked is no success", "[release]") {
  Shell("rm " + directory.Join("lookout.deb") + " " + directory.Join("lookout.rpm"));
  CHECK_THROWS_WITH(Verify(), Contains("nothing was checked"));
  directory.Write("SHA256SUMS", "\n");
  Sign();
  CHECK_THROWS_WITH(Verify(), Contains("nothing was checked"));
}
