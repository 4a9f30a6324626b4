// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/ImageRef.hxx"

namespace lookout {

/** What a container's image tells about it (GET /images/ID/json); texts are "" where the engine does not say. */
struct ImageInfo {
  std::string architecture;
  std::string os;
  std::string variant;
  std::string created;                    // UsableDate()
  std::vector<std::string> repo_tags;     // "nginx:1.25"
  std::vector<std::string> repo_digests;  // "nginx@sha256:..."
};

/** Reads the engine's answer; total: what is missing stays empty. */
ImageInfo ParseImageInfo(std::string_view body);

/**
 * What a container's image is called. An image started by its id has no name in `reference` that a registry knows;
 * then it is the image's first own tag, or else its first digest.
 */
ImageRef ContainerImageRef(std::string_view reference, std::string_view image_id, const ImageInfo &image);

/** The digest ("sha256:...") under which the image came from that repository, else from any; "" for a local one. */
std::string RepoDigest(const ImageInfo &image, const ImageRef &reference);

/** Images by id, so that many containers of one image ask once. The one not asked for longest makes room. */
class ImageCache {
 public:
  static constexpr size_t kCapacity = 512;

  const ImageInfo *Find(const std::string &id);
  void Put(const std::string &id, ImageInfo info);
  /** Tags and digests have changed. */
  void Clear();

 private:
  struct Entry {
    ImageInfo info;
    std::list<std::string>::iterator use;
  };
  std::map<std::string, Entry> entries_;
  std::list<std::string> uses_;  // the latest in front
};

}  // namespace lookout
