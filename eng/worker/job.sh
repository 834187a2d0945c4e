#!/bin/sh
# A job on a worker node: finds images, fetches and deciphers them, computes, puts the result.
#   job.sh CONDITION RESULT      as job.sh 'Modality = "CT"' /grid/vo/home/result.txt
# Needs what every grid job has: X509_USER_PROXY (a limited proxy is enough) and X509_CERT_DIR; and MDM_ENDPOINT, the storage host.
# Images lie deciphered in a folder of this job's own, which goes with it, however it ends.
set -eu
[ $# -eq 2 ] || { sed -n '2,5p' "$0" >&2; exit 2; }
MDM_ROOT=$(cd "$(dirname "$0")" && pwd)
. "$MDM_ROOT/env.sh"

umask 077
work=$(mktemp -d "${TMPDIR:-/tmp}/mdm-job.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Find: on all metadata servers at once. A partial answer ends the job: a result about some of the images is not the result.
mdm find "$1" >"$work/found"
[ -s "$work/found" ] || { echo "job.sh: nothing is found" >&2; exit 3; }

# Get, each deciphered while it arrives.
number=0
while read -r image; do
  number=$((number + 1))
  mdm get "$image" "$work/$number.dcm"
done <"$work/found"

# Compute: the mean of all bytes, which a real job would replace by something about the images.
for image in "$work"/*.dcm; do
  od -An -v -tu1 "$image"
done | awk -v files="$number" '{ for (i = 1; i <= NF; i++) { sum += $i; bytes++ } } END { printf "files %d bytes %d mean %.6f\n", files, bytes, sum / bytes }' >"$work/result"

mdm put --force "$work/result" "$2"
cat "$work/result"
