#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sign_release.sh FOLDER PRIVATE_KEY.pem: lists the checksums of a release's files in FOLDER/SHA256SUMS and signs the list
# with the release key (Ed25519; made by "openssl genpkey -algorithm ed25519", kept off line).
set -eu
folder=$1
key=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
cd "$folder"

if [ "$(dirname "$key")" = "$(pwd)" ]; then
  echo "sign_release: the private key $key lies among the files of the release; put it elsewhere" >&2
  exit 1
fi
rm -f SHA256SUMS SHA256SUMS.sig release-key.pem
openssl pkey -in "$key" -pubout -out release-key.pem
find . -maxdepth 1 -type f ! -name 'SHA256SUMS*' -printf '%P\n' | LC_ALL=C sort | xargs -d '\n' sha256sum > SHA256SUMS
openssl pkeyutl -sign -inkey "$key" -rawin -in SHA256SUMS -out SHA256SUMS.sig
echo "sign_release: $(wc -l < SHA256SUMS) files are listed in $folder/SHA256SUMS and signed"
