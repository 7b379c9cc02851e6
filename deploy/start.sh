#!/bin/sh
# Starts Courage where program and data lie apart: in a container, or under systemd with a read-only program folder.
# What the set-up made beforehand is in `prepared`; it is derived, so a newer one simply takes the place of the old.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
prepared="$root/prepared"
home="${COURAGE_HOME:?set COURAGE_HOME to the folder of the data}"
umask 077

if [ ! -w "$home" ]; then
    echo "courage: $home cannot be written by user $(id -u); give the folder to that user (chown $(id -u) …)." >&2
    exit 1
fi
cd "$root"
if [ -d "$prepared" ] && ! cmp -s "$prepared/stamp" "$home/prepared.stamp"; then
    for part in cache rasa; do
        [ -d "$prepared/$part" ] || continue
        mkdir -p "$home/$part"
        for file in "$prepared/$part"/*; do
            # Renamed into place, so that a start that is interrupted leaves no half a file.
            cp "$file" "$home/$part/.partial"
            mv -f "$home/$part/.partial" "$home/$part/$(basename "$file")"
        done
    done
    cp "$prepared/stamp" "$home/prepared.stamp"
fi
if [ "$#" -gt 0 ]; then
    exec "$root/.venv/engine/bin/courage" "$@"
fi
exec "$root/.venv/engine/bin/courage" run
