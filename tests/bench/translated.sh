#!/usr/bin/env bash
# Counts what TCG translates in a run on metal: instructions and blocks, which is what a boot's time is made of.
# usage: tests/bench/translated.sh OSVRUN [OPTION...] PROGRAM
set -euo pipefail
osvrun=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
qemu=$(command -v qemu-system-x86_64)
cat >"$work/qemu-system-x86_64" <<END
#!/bin/sh
exec "$qemu" "\$@" -d in_asm -D "$work/log"
END
chmod +x "$work/qemu-system-x86_64"
PATH="$work:$PATH" "$osvrun" --metal "$@" >/dev/null
awk '/^IN:/ {blocks++} /^0x/ {all++; if (!seen[$1]++) distinct++}
    END {printf "%d blocks, %d instructions, %d of them distinct\n", blocks, all, distinct}' "$work/log"
