#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# package_source.sh FOLDER: copies the sources as they stand here, without what git ignores, into a new folder, with
# one time for every file, so that neither the clone nor the hour shows in a package.
set -eu
target=$1
cd "$(dirname "$0")/.."
mkdir -p "$target"
if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
  git ls-files -co --exclude-standard -z | xargs -0 -r sh -c 'for f; do [ ! -e "$f" ] || printf "%s\0" "$f"; done' _ |
    tar -c --null -T - | tar -x -C "$target"
else
  tar -c --exclude='./build*' . | tar -x -C "$target"
fi
# What an umask made of the modes is not to be seen either.
find "$target" -type d -exec chmod 0755 {} +
find "$target" -type f -perm /0111 -exec chmod 0755 {} +
find "$target" -type f ! -perm /0111 -exec chmod 0644 {} +
date=$(dpkg-parsechangelog -l packaging/debian/changelog -STimestamp 2>/dev/null ||
  date -d "$(sed -n 's/^ -- .*>  //p' packaging/debian/changelog | head -n 1)" +%s)
find "$target" -exec touch -h -d "@$date" {} +
