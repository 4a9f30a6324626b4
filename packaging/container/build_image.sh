#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# build_image.sh PROGRAM NAME: builds the container image of an agent on the engine of $DOCKER_HOST (the local one
# without). It needs the Debian packages that the agent was built with, and no network.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
program=$1
name=$2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=$("$program" version | grep -o '[0-9][0-9A-Za-z.+~-]*' | head -n 1)
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(dpkg-parsechangelog -l "$here/../debian/changelog" -STimestamp)}"

"$here/build_rootfs.py" --version "$version" "$program" "$work/rootfs.tar"
cp "$here/Dockerfile" "$work/"
# The classic builder is enough for these few lines, and is everywhere.
DOCKER_BUILDKIT=0 docker build -q -t "$name" "$work"
