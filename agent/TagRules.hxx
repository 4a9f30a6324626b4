// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace lookout {

/**
 * The controller's own rules for what a tag tells (protocol: inventory). It applies them to containers it finds
 * itself, but believes the agent for an agent's containers, so wrong values here mean that updates are not found.
 */

/**
 * True when the tag reads as a version: v?N.N.N.N and longer; a semantic version in the loose sense (leading zeros,
 * "v" or "=" in front, a suffix); or any text with a number that can stand for one ("7-alpine" is 7.0.0), as the
 * controller's semver library coerces it.
 */
bool IsVersionTag(std::string_view tag);
/**
 * The same where a label tells the controller how to turn tags into versions (dd.tag.transform, "" when not set). The
 * formula itself is not worked out here: a tag with a number in it is taken to become a version.
 */
bool IsVersionTag(std::string_view tag, std::string_view transform);

/** True ("specific", else "floating") when it is a version and its first numeric run has three segments or more. */
bool IsSpecificTag(std::string_view tag);

/** `label` is dd.watch.digest, "" when not set: then every known tag is watched. */
bool WatchesDigest(std::string_view tag, std::string_view label);

}  // namespace lookout
