// SPDX-License-Identifier: Apache-2.0
#include "agent/ImageInfo.hxx"

#include "base/JsonValue.hxx"

namespace lookout {

ImageInfo ParseImageInfo(std::string_view body) {
  ImageInfo info;
  const auto image = ParseJson(body, {.levels = 2});
  if (!image) return info;
  info.architecture = (*image)["Architecture"].AsString();
  info.os = (*image)["Os"].AsString();
  info.variant = (*image)["Variant"].AsString();
  info.created = (*image)["Created"].AsString();
  for (const auto &digest : (*image)["RepoDigests"].Items()) info.repo_digests.push_back(digest.AsString());
  return info;
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
