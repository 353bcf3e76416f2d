#!/usr/bin/env bash
# Prints what each function of math.h and complex.h costs with the host's libc and hosted with ours: nanoseconds per call
# and the ratio, worst first. Without osvrun's --libc=native a missing function would leave both to the host's.
# OSVRUN names an osvrun built before.
# usage: tests/bench/math.sh [NAME...]
set -euo pipefail
cd "$(dirname "$0")/../.."
work=target/bench
mkdir -p "$work"
[ -n "${OSVRUN:-}" ] || cargo build --release --quiet --package osvrun
osvrun=${OSVRUN:-target/release/osvrun}
gcc -O2 -fno-builtin -o "$work/math" tests/bench/math.c -lm
join -t $'\t' <("$work/math" "$@" | sort) <("$osvrun" --hosted --libc=native "$work/math" "$@" | sort) |
    awk -F'\t' '{printf "%-12s %10.1f %10.1f %8.2f\n", $1, $2, $3, $3 / $2}' | sort -k4,4nr
