// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace lookout {

/** The tag of an image that is named by digest or id only. The controller knows the word: it looks for no update. */
inline constexpr std::string_view kUnknownTag = "unknown";

/**
 * An image reference taken apart, as the controller wants it (protocol: inventory).
 *
 * "ghcr.io/owner/app:v1" is ghcr.io | owner/app | v1; without a registry it is docker.io, without a tag latest.
 * "library/" is neither added nor removed. Unlike the reference agent, which takes the digest for a tag:
 * "ubuntu@sha256:ab" is docker.io | ubuntu | unknown with the digest sha256:ab, and "ubuntu:22.04@sha256:ab" keeps
 * 22.04. A bare id, "sha256:ab", is its own name with the tag unknown.
 */
struct ImageRef {
  std::string registry;  // never empty
  std::string name;      // "" only where the reference has none
  std::string tag;       // never empty
  std::string digest;    // "sha256:..." or ""
};

/** Total: every text has an answer. */
ImageRef ParseImageRef(std::string_view reference);

/** True for an image id written out, "sha256:<hex>". */
bool IsImageId(std::string_view reference);

}  // namespace lookout
