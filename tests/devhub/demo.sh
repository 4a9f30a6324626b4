#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `make demo`: an agent and the stand-in controller on this machine. Ends at once when it is not on a terminal or
# with DEMO_ONCE=1, else with Ctrl-C; nothing stays behind.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${BUILD:-$here/../../build}
export LOOKOUT=${LOOKOUT:-$build/agent/lookout} DEVHUB=${DEVHUB:-$build/tests/devhub/devhub}
exec python3 "$here/demo.py"
