#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the packages of build-deps.txt, or of the lists that are named, that are missing, and says which.
set -eu
cd "$(dirname "$0")"
[ $# -gt 0 ] || set -- build-deps.txt

if ! command -v apt-get >/dev/null; then
  echo "deps: this is no Debian system; install the equivalents of packaging/build-deps.txt yourself" >&2
  exit 1
fi

missing=
for package in $(sed 's/#.*//' "$@"); do
  # Docker's own packages conflict with Debian's, and any engine will do.
  if [ "$package" = docker.io ] && command -v dockerd >/dev/null; then continue; fi
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing="$missing $package"
done

if [ -z "$missing" ]; then
  echo "deps: all packages are installed"
  exit 0
fi

sudo=
if [ "$(id -u)" -ne 0 ]; then sudo=sudo; fi
echo "deps: installing with apt-get:$missing"
$sudo apt-get -q update
$sudo env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends $missing
