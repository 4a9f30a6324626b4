#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# trim_rootfs.sh FOLDER: makes a root file system that only runs the agent of one that packages were unpacked into.
set -eu
cd "$1"

# What the packages' scripts, which have not run, would have made.
mkdir -p etc/ssl/certs
find usr/share/ca-certificates -name '*.crt' | LC_ALL=C sort | xargs cat > etc/ssl/certs/ca-certificates.crt
printf 'root:x:0:0:root:/nonexistent:/sbin/nologin\nlookout:x:65532:65532:Lookout agent:/var/lib/lookout:/sbin/nologin\n' \
  > etc/passwd
printf 'root:x:0:\nlookout:x:65532:\n' > etc/group
printf 'hosts: files dns\n' > etc/nsswitch.conf

# Programs, and what only they need. Licences stay.
cp usr/bin/lookout lookout.keep
rm -rf usr/bin usr/sbin usr/libexec bin sbin lib/systemd lib/udev usr/lib/systemd usr/lib/sysusers.d usr/lib/tmpfiles.d
mkdir -p usr/bin
mv lookout.keep usr/bin/lookout
find usr/share -mindepth 1 -maxdepth 1 ! -name doc ! -name ca-certificates -exec rm -rf {} +
find usr/share/doc -type f ! -name copyright ! -name 'lookout.spdx.json' -delete
find . -name gconv -prune -exec rm -rf {} +
find . -name perl5 -prune -exec rm -rf {} +
find usr/share/doc -type d -empty -delete
rm -rf var/cache var/log var/lib etc/apt etc/dpkg etc/lookout etc/ca-certificates etc/debconf.conf etc/cron.d etc/init.d \
  etc/hostname etc/fstab dev/* proc sys run home root media mnt opt srv boot

# Who runs it, what is kept, and where engines mount what they mount.
mkdir -p dev proc sys run etc/lookout data/stacks tmp var/lib/lookout
chmod 1777 tmp
chmod 0700 var/lib/lookout
chmod 0750 data/stacks
chown 65532:65532 var/lib/lookout data/stacks
