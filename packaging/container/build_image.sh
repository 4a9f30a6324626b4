#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# build_image.sh PACKAGE.deb NAME: builds the container image of an agent's package. Its root file system is that package
# and the Debian packages of the libraries it depends on, without programs: there is no shell in it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
package=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
name=$2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(dpkg-parsechangelog -l "$here/../debian/changelog" -STimestamp)}"

libraries=$(dpkg-deb -f "$package" Depends | tr ',' '\n' | sed 's/^ *//; s/ .*//' | grep '^lib' | paste -sd,)
mmdebstrap --quiet --variant=extract --include="ca-certificates,$libraries" \
  --customize-hook="dpkg-deb -x '$package' \"\$1\"" --customize-hook="'$here/trim_rootfs.sh' \"\$1\"" \
  bookworm "$work/rootfs.tar"
cp "$here/Dockerfile" "$work/"
# The classic builder is enough for two lines, and everywhere.
DOCKER_BUILDKIT="${DOCKER_BUILDKIT:-0}" docker build -q -t "$name" "$work"
