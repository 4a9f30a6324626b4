#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Checks the configuration as lookout.service sees it: its user, its directories, its credentials, and no other
# environment. Needs root. The exit status is that of "lookout check-config".
set -eu

if [ "$(id -u)" -ne 0 ]; then
  echo "check-service: run this as root; as another user, use \"lookout check-config\"" >&2
  exit 1
fi

# In memory, as systemd itself does it.
runtime=/run
[ -w /run ] || runtime=/tmp
credentials=$(mktemp -d "$runtime/lookout-check.XXXXXX")
trap 'rm -rf "$credentials"' EXIT
for file in /etc/lookout/credentials/*; do
  if [ ! -f "$file" ] || [ -L "$file" ]; then continue; fi
  install -m 0400 -o lookout -g lookout "$file" "$credentials/lookout_${file##*/}"
done
chown lookout:lookout "$credentials"

cd /
env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin CREDENTIALS_DIRECTORY="$credentials" STATE_DIRECTORY=/var/lib/lookout \
  setpriv --reuid lookout --regid lookout --init-groups /usr/bin/lookout check-config "$@"
