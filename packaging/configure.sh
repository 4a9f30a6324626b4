#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Configures a build directory of the given name, unless that has been done:
#   configure.sh build | build-release | build-asan | build-fuzz | build-lint
set -eu
cd "$(dirname "$0")/.."
dir=$1

if [ -f "$dir/build.ninja" ]; then exit 0; fi
if ! command -v meson >/dev/null; then
  echo "configure: meson is missing; run 'make deps' first" >&2
  exit 1
fi

compiler=g++
options=
case $dir in
  # Sanitizers make gcc's flow warnings unreliable; the plain build keeps them as errors. Optimised, their checks take
  # three times as long to compile, which the tests do not win back.
  build-asan) options="-Db_sanitize=address,undefined -Doptimization=0 -Dwerror=false -Dunity_size=1000" ;;
  # The agent as it is in the packages, for measurements.
  build-release) options="--buildtype=plain --native-file packaging/release.ini" ;;
  build-fuzz)
    compiler=clang++-14
    options="-Db_sanitize=address,undefined -Doptimization=1 -Dwerror=false -Dfuzzers=true"
    ;;
  build-lint) compiler=clang++-14 ;;
esac
if command -v ccache >/dev/null; then compiler="ccache $compiler"; fi
if command -v mold >/dev/null; then export CXX_LD=mold; fi

CXX="$compiler" meson setup "$dir" $options
