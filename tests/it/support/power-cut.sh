#!/usr/bin/env bash
# power-cut.sh FOLDER MILLISECONDS WRITER [ARGUMENT…]
#
# One emulated power cut. The writer works on an ext4 of its own, in an image file; at the given
# moment it is killed and the image is copied: that is what had reached the device, since nothing is
# synced or unmounted before. The copy is mounted as after a reboot, and what is found in it goes to
# FOLDER/found; what the writer said is in FOLDER/said.
#
# Runs in a mount namespace of its own (unshare --mount), so nothing it mounts outlives it.
set -euo pipefail
folder=$1
milliseconds=$2
shift 2

mkdir "$folder/disk" "$folder/after"
truncate --size=96M "$folder/image"
mkfs.ext4 -q -F "$folder/image"
# A long commit interval: what nobody asked to be synced stays in memory, as on a busy evening.
mount -o loop,commit=300 "$folder/image" "$folder/disk"
mkdir "$folder/disk/data"
sync --file-system "$folder/disk"

"$@" --data "$folder/disk/data" >"$folder/said" 2>"$folder/complaints" &
writer=$!
until grep -qs '^ack' "$folder/said"; do
  kill -0 "$writer" || { cat "$folder/complaints" >&2; exit 1; }
  sleep 0.01
done
sleep "$(printf '%d.%03d' $((milliseconds / 1000)) $((milliseconds % 1000)))"
kill -KILL "$writer"
wait "$writer" 2>/dev/null || true
cp --sparse=always "$folder/image" "$folder/image-after"
umount "$folder/disk"

mount -o loop "$folder/image-after" "$folder/after"
cp -r "$folder/after/data" "$folder/found"
umount "$folder/after"
rm "$folder/image" "$folder/image-after"
