// SPDX-License-Identifier: Apache-2.0
#include "agent/ImageInfo.hxx"

#include "agent/IsoDate.hxx"
#include "base/JsonValue.hxx"

namespace lookout {

namespace {

constexpr std::string_view kIdPrefix = "sha256:";
/** "docker run 0123456789ab": this much of an id or more. */
constexpr size_t kShortId = 12;

std::vector<std::string> ReadTexts(const JsonValue &array) {
  std::vector<std::string> texts;
  for (const auto &item : array.Items()) {
    if (!item.AsString().empty()) texts.push_back(item.AsString());
  }
  return texts;
}

bool IsShortIdOf(std::string_view reference, std::string_view image_id) {
  return reference.size() >= kShortId && image_id.starts_with(kIdPrefix) &&
         image_id.substr(kIdPrefix.size()).starts_with(reference);
}

}  // namespace

ImageInfo ParseImageInfo(std::string_view body) {
  ImageInfo info;
  const auto image = ParseJson(body, {.levels = 2});
  if (!image) return info;
  info.architecture = (*image)["Architecture"].AsString();
  info.os = (*image)["Os"].AsString();
  info.variant = (*image)["Variant"].AsString();
  info.created = UsableDate((*image)["Created"].AsString());
  info.repo_tags = ReadTexts((*image)["RepoTags"]);
  info.repo_digests = ReadTexts((*image)["RepoDigests"]);
  return info;
}

ImageRef ContainerImageRef(std::string_view reference, std::string_view image_id, const ImageInfo &image) {
  const bool is_id = reference.empty() || IsImageId(reference) || IsShortIdOf(reference, image_id);
  if (is_id && !image.repo_tags.empty()) return ParseImageRef(image.repo_tags.front());
  if (is_id && !image.repo_digests.empty()) return ParseImageRef(image.repo_digests.front());
  ImageRef result = ParseImageRef(reference);
  if (is_id) result.tag = kUnknownTag;
  if (result.name.empty()) result.name = image_id.empty() ? kUnknownTag : image_id;
  return result;
}

std::string RepoDigest(const ImageInfo &image, const ImageRef &reference) {
  std::string any;
  for (const auto &entry : image.repo_digests) {
    const ImageRef origin = ParseImageRef(entry);
    if (origin.registry == reference.registry && origin.name == reference.name) return origin.digest;
    if (any.empty()) any = origin.digest;
  }
  return any;
}

const ImageInfo *ImageCache::Find(const std::string &id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return nullptr;
  uses_.splice(uses_.begin(), uses_, found->second.use);
  return &found->second.info;
}

void ImageCache::Put(const std::string &id, ImageInfo info) {
  const auto found = entries_.find(id);
  if (found != entries_.end()) {
    found->second.info = std::move(info);
    return;
  }
  if (entries_.size() >= kCapacity) {
    entries_.erase(uses_.back());
    uses_.pop_back();
  }
  uses_.push_front(id);
  entries_.emplace(id, Entry{std::move(info), uses_.begin()});
}

void ImageCache::Clear() {
  entries_.clear();
  uses_.clear();
}

}  // namespace lookout
