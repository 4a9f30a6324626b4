#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# build_deb.sh FOLDER [dpkg-buildpackage options]: builds the Debian packages into that folder.
set -eu
folder=$(mkdir -p "$1" && cd "$1" && pwd)
shift
here=$(cd "$(dirname "$0")" && pwd)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$here/package_source.sh" "$work/lookout"
mv "$work/lookout/packaging/debian" "$work/lookout/debian"
cd "$work/lookout"
umask 022
# Sources lie elsewhere each time, so a cache of objects would only grow.
export CCACHE_DISABLE=1
dpkg-buildpackage -b -us -uc -rfakeroot "$@"
cd "$work"
mv ./*.deb "$folder/"
