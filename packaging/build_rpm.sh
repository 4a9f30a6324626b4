#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# build_rpm.sh FOLDER: builds the RPM package into that folder. On Debian, rpmbuild cannot see the build requirements, which
# "make deps" has installed; elsewhere they must be there as packages.
set -eu
folder=$(mkdir -p "$1" && cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=$(sed -n "s/^ *version: '\(.*\)',/\1/p" "$here/../meson.build" | head -n 1)
"$here/package_source.sh" "$work/lookout-$version"
mkdir -p "$work/SOURCES"
tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner -cf - "lookout-$version" | gzip -9n \
  > "$work/SOURCES/lookout-$version.tar.gz"
# Sources lie elsewhere each time, so a cache of objects would only grow.
export CCACHE_DISABLE=1
# Debian has no package of debug information made of an .rpm, so there is no use in writing any.
unseen=
if [ -e /etc/debian_version ]; then unseen=--nodeps; fi
rpmbuild -bb $unseen --quiet ${unseen:+--define "optflags -O2"} --define "_topdir $work" --define "lookout_version $version" \
  --define "_rpmfilename %%{NAME}-%%{VERSION}.%%{ARCH}.rpm" "$here/rpm/lookout.spec"
mv "$work"/RPMS/*.rpm "$folder/"
