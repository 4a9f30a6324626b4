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
# On Debian there are no packages of debug information made of an .rpm, and the scripts that work on what was installed
# need another shell; the spec strips and compresses by itself.
set -- --quiet
if [ -e /etc/debian_version ]; then
  set -- --quiet --nodeps --define "optflags -O2" --define "__os_install_post %{nil}" --define "_binary_payload w7.xzdio"
fi
rpmbuild -bb "$@" --define "_topdir $work" --define "lookout_version $version" \
  --define "_rpmfilename %%{NAME}-%%{VERSION}.%%{ARCH}.rpm" "$here/rpm/lookout.spec"
mv "$work"/RPMS/*.rpm "$folder/"
