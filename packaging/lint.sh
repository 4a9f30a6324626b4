#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# lint.sh format: rewrites the sources in the project format.
# lint.sh check [PATTERN]: checks format and style, and runs cppcheck and clang-tidy; PATTERN (a regular expression) chooses
#   the sources for clang-tidy. Without it these are all.
set -eu
cd "$(dirname "$0")/.."

folders="base auth proxy tunnel agent tests"
sources() { find $folders -name '*.cxx' -o -name '*.hxx'; }

case $1 in
  format) sources | xargs clang-format-14 -i ;;
  check)
    failed=
    sources | xargs clang-format-14 --dry-run -Werror || failed="$failed format"
    packaging/check_style.py || failed="$failed style"
    cppcheck --quiet --error-exitcode=1 --enable=warning,performance,portability --std=c++20 --language=c++ \
      --platform=unix64 --library=posix --suppressions-list=packaging/cppcheck.txt -j "$(nproc)" -I. $folders ||
      failed="$failed cppcheck"
    # clang-tidy needs clang's own command lines; nothing is built for it.
    packaging/configure.sh build-lint >/dev/null
    ninja -C build-lint build.ninja >/dev/null
    packaging/tidy.py build-lint "${2:-$PWD/.*\.cxx}" || failed="$failed clang-tidy"
    if [ -n "$failed" ]; then
      echo "lint: found by:$failed" >&2
      exit 1
    fi
    echo "lint: nothing found"
    ;;
  *)
    echo "usage: lint.sh format | check [PATTERN]" >&2
    exit 64
    ;;
esac
