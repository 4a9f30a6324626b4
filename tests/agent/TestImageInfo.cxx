// SPDX-License-Identifier: Apache-2.0
#include "agent/ImageInfo.hxx"

#include <catch2/catch.hpp>

using namespace lookout;

namespace {

ImageInfo Image(std::vector<std::string> tags, std::vector<std::string> digests) {
  ImageInfo image;
  image.repo_tags = std::move(tags);
  image.repo_digests = std::move(digests);
  return image;
}

std::string Parts(const ImageRef &image) {
  return image.registry + "|" + image.name + "|" + image.tag;
}

}  // namespace

TEST_CASE("ImageInfo: reads the engine's answer", "[inventory]") {
  const auto image = ParseImageInfo(R"({"Architecture":"arm","Os":"linux","Variant":"v7","RepoTags":["nginx:1.25"],
      "Created":"2024-05-01T10:11:12.123456789Z","RepoDigests":["mirror.example/nginx@sha256:aa","nginx@sha256:bb"]})");
  CHECK(image.architecture == "arm");
  CHECK(image.os == "linux");
  CHECK(image.variant == "v7");
  CHECK(image.created == "2024-05-01T10:11:12.123456789Z");
  CHECK(image.repo_tags == std::vector<std::string>{"nginx:1.25"});
  CHECK(image.repo_digests.size() == 2);
}

TEST_CASE("ImageInfo: what cannot be read stays empty", "[inventory]") {
  const auto text = GENERATE("", "[]", R"({"Architecture":7,"RepoTags":null,"RepoDigests":[1,""],"Created":"soon"})",
                             R"({"Created":"0001-01-01T00:00:00Z"})");
  const auto image = ParseImageInfo(text);
  CHECK(image.architecture.empty());
  CHECK(image.created.empty());
  CHECK(image.repo_tags.empty());
  CHECK(image.repo_digests.empty());
}

TEST_CASE("ImageInfo: an image started by id has the name of its tag, or of its digest", "[inventory]") {
  const std::string id = "sha256:0123456789abcdef0123";
  const std::string reference = GENERATE("sha256:0123456789abcdef0123", "0123456789abcdef0123", "0123456789ab");
  CHECK(Parts(ContainerImageRef(reference, id, Image({"ghcr.io/o/app:1.2.3"}, {}))) == "ghcr.io|o/app|1.2.3");
  CHECK(Parts(ContainerImageRef(reference, id, Image({}, {"app@sha256:ff"}))) == "docker.io|app|unknown");
  CHECK(Parts(ContainerImageRef(reference, id, {})) == "docker.io|" + reference + "|unknown");
}

TEST_CASE("ImageInfo: any other name is the container's own", "[inventory]") {
  const auto image = Image({"other:1"}, {"other@sha256:ff"});
  CHECK(Parts(ContainerImageRef("nginx", "sha256:0123", image)) == "docker.io|nginx|latest");
  CHECK(Parts(ContainerImageRef("ubuntu@sha256:ab", "sha256:0123", image)) == "docker.io|ubuntu|unknown");
  CHECK(Parts(ContainerImageRef("cafe", "sha256:cafe", image)) == "docker.io|cafe|latest");
  CHECK(Parts(ContainerImageRef(":tag", "", {})) == "docker.io|unknown|tag");
  CHECK(Parts(ContainerImageRef("", "", {})) == "docker.io|unknown|unknown");
}

TEST_CASE("ImageInfo: the digest of the repository it came from", "[inventory]") {
  const auto image = Image({}, {"mirror.example/nginx@sha256:aa", "nginx@sha256:bb"});
  CHECK(RepoDigest(image, ParseImageRef("nginx:1.25")) == "sha256:bb");
  CHECK(RepoDigest(image, ParseImageRef("mirror.example/nginx")) == "sha256:aa");
  CHECK(RepoDigest(image, ParseImageRef("nobody/else")) == "sha256:aa");
  CHECK(RepoDigest({}, ParseImageRef("nginx")).empty());
}
